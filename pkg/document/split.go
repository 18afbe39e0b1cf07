// SPDX-License-Identifier: Apache-2.0

package document

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	yamlv3 "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// Split returns the documents of a text as JSON, each on one line. Those with
// comments only are none. Its errors name the document, counted from 1, where
// there is another before it.
func Split(text []byte) ([][]byte, error) {
	var all [][]byte
	text, err := inUTF8(text)
	if err != nil {
		return nil, err
	}
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

// inUTF8 decodes what begins with the byte order mark of UTF-16, as files do that
// PowerShell 5.1 has written.
func inUTF8(text []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return text, nil
	}
	if len(text)%2 != 0 {
		return nil, errors.New("it begins as UTF-16 does, and ends in half of a character; save it as UTF-8")
	}
	units := make([]uint16, 0, len(text)/2)
	for pair := range slices.Chunk(text[2:], 2) {
		units = append(units, order.Uint16(pair))
	}
	return []byte(string(utf16.Decode(units))), nil
}

// flow is a mapping of YAML that begins as JSON does and goes on otherwise.
var flow = regexp.MustCompile(`^\s*{\s*[^"\s]`)

// parse reads what is between two separators: one document of YAML, or the values of
// a JSON text. A brace begins both, so what is no JSON is read as YAML in flow style,
// as YAMLOrJSONDecoder does (k8s.io/apimachinery/pkg/util/yaml/decoder.go).
func parse(text []byte) ([][]byte, error) {
	if !yaml.IsJSONBuffer(text) {
		return fromYAML(text)
	}
	all, err := values(text)
	var bad *json.SyntaxError
	if !errors.As(err, &bad) {
		return all, err
	}
	all, wrong := fromYAML(text)
	if wrong != nil && !flow.Match(text) {
		return nil, err // it was meant as JSON
	}
	return all, wrong
}

func fromYAML(text []byte) ([][]byte, error) {
	if err := unique(text); err != nil {
		return nil, err
	}
	object, err := sigsyaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return values(object)
}

// unique refuses YAML with a key that stands twice, or with more than the one document
// that its reader takes. What a merge (<<) brings may be overridden; the strict mode of
// sigs.k8s.io/yaml refuses that too.
func unique(text []byte) error {
	var (
		tree any
		bad  *yamlv3.TypeError
	)
	reader := yamlv3.NewDecoder(bytes.NewReader(text))
	switch err := reader.Decode(&tree); {
	case errors.As(err, &bad):
		return twice(bad.Errors)
	case err != nil:
		return nil // it is told by who converts it
	}
	if err := reader.Decode(&tree); !errors.Is(err, io.EOF) {
		return errors.New("more follows the end of the document; begin another one with a line ---")
	}
	return nil
}

// begun is a document that begins in the midst of another one.
var begun = regexp.MustCompile(`^line (\d+): mapping key "(?:apiVersion|kind)" already defined at line \d+$`)

// twice tells of keys that stand twice; where they are those with which documents
// begin, of the line that is missing between two.
func twice(problems []string) error {
	var lines []string
	for _, problem := range problems {
		if found := begun.FindStringSubmatch(problem); found != nil {
			lines = append(lines, found[1])
		}
	}
	if len(lines) < 2 {
		return errors.New(strings.Join(problems, "; "))
	}
	return fmt.Errorf("line %s: another document begins, and the line --- before it is missing", lines[0])
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
