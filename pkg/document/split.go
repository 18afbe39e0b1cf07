// SPDX-License-Identifier: Apache-2.0

package document

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
)

// Split returns the documents of a text as JSON, each on one line. Those with
// comments only are none. Its errors name the document, counted from 1, where
// there is another before it.
func Split(text []byte) ([][]byte, error) {
	var all [][]byte
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for number := 1; ; number++ {
		one, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		more, err := parse(one)
		switch {
		case err != nil && number > 1:
			return nil, fmt.Errorf("document %d: %w", number, err)
		case err != nil:
			return nil, err
		}
		all = append(all, more...)
	}
}

// parse reads what is between two separators: one document of YAML, or the values of
// a JSON text.
func parse(text []byte) ([][]byte, error) {
	if yaml.IsJSONBuffer(text) {
		return values(text)
	}
	if err := unique(text); err != nil {
		return nil, err
	}
	object, err := yaml.ToJSON(text)
	if err != nil {
		return nil, err
	}
	return values(object)
}

// unique refuses YAML with a key that stands twice. What a merge (<<) brings may be
// overridden; the strict mode of sigs.k8s.io/yaml refuses that too.
func unique(text []byte) error {
	var (
		tree any
		bad  *yamlv3.TypeError
	)
	if err := yamlv3.Unmarshal(text, &tree); errors.As(err, &bad) {
		return errors.New(strings.Join(bad.Errors, "; "))
	}
	return nil // other errors are told by who converts it
}

// values are those of a JSON text, which may be spread over many lines, and follow
// each other with nothing between.
func values(text []byte) ([][]byte, error) {
	var all [][]byte
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		line, err := compact(value)
		if err != nil {
			return nil, err
		}
		if string(line) != "null" {
			all = append(all, line)
		}
	}
}

func compact(value json.RawMessage) ([]byte, error) {
	var tree any
	twice, err := kjson.UnmarshalStrict(value, &tree, kjson.DisallowDuplicateFields)
	if err := errors.Join(append(twice, err)...); err != nil {
		return nil, err
	}
	var line bytes.Buffer
	err = json.Compact(&line, value)
	return line.Bytes(), err
}
