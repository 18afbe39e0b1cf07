// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Log follows an audit log. It is shared by those who play beside each other.
type Log struct {
	mu         sync.Mutex
	file       *os.File
	rest       []byte // of a line that is not yet whole
	namespaces map[string]*History
}

// Open begins at the end of a log: what was before is nobody's business.
func Open(path string) (*Log, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return &Log{file: file, namespaces: map[string]*History{}}, nil
}

// Close ends it.
func (l *Log) Close() error { return l.file.Close() }

// Keep begins the history of a namespace; what happens in others is passed over.
func (l *Log) Keep(namespaceName string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.namespaces[namespaceName] = &History{}
}

// Forget ends it.
func (l *Log) Forget(namespaceName string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.namespaces, namespaceName)
}

// Read brings the history of a namespace up to the end of the log. The answer
// belongs to the caller.
func (l *Log) Read(namespaceName string) (*History, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.catchUp(); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	return l.namespaces[namespaceName].sorted(), nil
}

func (l *Log) catchUp() error {
	more, err := io.ReadAll(l.file)
	if err != nil {
		return err
	}
	l.rest = append(l.rest, more...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return nil
		}
		l.rest = rest
		if err := l.take(line); err != nil {
			return err
		}
	}
}

// entry is as much of an audit event as is needed.
type entry struct {
	AuditID   string `json:"auditID"`
	Stage     string `json:"stage"`
	URI       string `json:"requestURI"`
	Verb      string `json:"verb"`
	Agent     string `json:"userAgent"`
	ObjectRef struct {
		Resource, Namespace, Name, Subresource string
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	Request  json.RawMessage `json:"requestObject"`
	Response json.RawMessage `json:"responseObject"`
	Received time.Time       `json:"requestReceivedTimestamp"`
	At       time.Time       `json:"stageTimestamp"`
}

func (l *Log) take(line []byte) error {
	var where struct {
		ObjectRef struct{ Namespace string } `json:"objectRef"`
	}
	if err := json.Unmarshal(line, &where); err != nil {
		return fmt.Errorf("%w: %.200s", err, line)
	}
	history, kept := l.namespaces[where.ObjectRef.Namespace]
	if !kept {
		return nil
	}
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("%w: %.200s", err, line)
	}
	return history.take(e)
}
