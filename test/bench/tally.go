// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tally counts requests in the server's log.
type tally struct {
	*ground

	file  *os.File
	rest  []byte // of a line that is not yet whole
	marks int
}

// entry is as much of a line as is counted.
type entry struct {
	AuditID   string `json:"auditID"`
	Verb      string `json:"verb"`
	Agent     string `json:"userAgent"`
	ObjectRef struct {
		Resource, Name string
	} `json:"objectRef"`
}

func (e entry) String() string { return e.Verb + " " + e.ObjectRef.Resource }

// openTally begins at the end of the log.
func (g *ground) openTally() (*tally, error) {
	file, err := os.Open(g.audit)
	if err != nil {
		return nil, err
	}
	_, err = file.Seek(0, io.SeekEnd)
	return &tally{ground: g, file: file}, err
}

// of are the requests whose agent's name begins so, since the last call, each
// once: a watch has a line at its beginning and one at its end.
func (t *tally) of(ctx context.Context, agents string) ([]entry, error) {
	t.marks++
	markName := fmt.Sprintf("mark-%d", t.marks)
	seen := map[string]bool{}
	var counted []entry
	for {
		// The log is written to in order, so that what came before a request of our
		// own is there when that is there.
		_, err := t.core.ConfigMaps("default").Get(ctx, markName, metav1.GetOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return nil, err
		}
		entries, err := t.next()
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			switch {
			case e.ObjectRef.Name == markName:
				return counted, nil
			case strings.HasPrefix(e.Agent, agents) && !seen[e.AuditID]:
				seen[e.AuditID] = true
				counted = append(counted, e)
			}
		}
	}
}

// next are the lines that have come since.
func (t *tally) next() ([]entry, error) {
	more, err := io.ReadAll(t.file)
	if err != nil {
		return nil, err
	}
	t.rest = append(t.rest, more...)
	var entries []entry
	for {
		line, rest, whole := bytes.Cut(t.rest, []byte("\n"))
		if !whole {
			return entries, nil
		}
		t.rest = rest
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, errors.Join(fmt.Errorf("audit log: %.200s", line), err)
		}
		entries = append(entries, e)
	}
}
