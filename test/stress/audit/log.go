// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Log follows an audit log. It is shared by those who play beside each other.
type Log struct {
	mu         sync.Mutex
	path       string
	file       *os.File
	rest       []byte // of a line that is not yet whole
	begun      bool   // that line was begun before the log was opened
	namespaces map[string]*History
}

// Open begins at the end of a log: what was before is nobody's business.
func Open(path string) (*Log, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	begun, err := toEnd(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("audit log: %w", err), file.Close())
	}
	return &Log{path: path, file: file, begun: begun, namespaces: map[string]*History{}}, nil
}

// toEnd says whether the end is within a line: the server writes a long one in pieces.
func toEnd(file *os.File) (within bool, err error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return false, err
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], end-1)
	return last[0] != '\n', err
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

// Check says whether the log is still where it was. Where it is not, somebody
// has taken the cluster's directory away, and nothing is written down any more.
func (l *Log) Check() error {
	opened, errOpened := l.file.Stat()
	named, errNamed := os.Stat(l.path)
	switch err := errors.Join(errOpened, errNamed); {
	case err != nil:
		return fmt.Errorf("audit log: %w", err)
	case !os.SameFile(opened, named):
		return fmt.Errorf("audit log: %s is another file than it was", l.path)
	default:
		return nil
	}
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
		if l.begun {
			l.begun = false
			continue
		}
		if err := l.take(line); err != nil {
			return err
		}
	}
}

// reference says which object an event is of.
type reference struct{ Resource, Namespace, Name, Subresource string }

// home is the namespace that an object belongs to. A volume is in none; it has
// its name of the one that it is for, and of the claim.
func (r reference) home() string {
	if r.Namespace != "" || r.Resource != "persistentvolumes" {
		return r.Namespace
	}
	home, _, _ := strings.Cut(r.Name, "-data-")
	return home
}

// entry is as much of an audit event as is needed.
type entry struct {
	AuditID        string    `json:"auditID"`
	Stage          string    `json:"stage"`
	URI            string    `json:"requestURI"`
	Verb           string    `json:"verb"`
	Agent          string    `json:"userAgent"`
	ObjectRef      reference `json:"objectRef"`
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
		ObjectRef reference `json:"objectRef"`
	}
	if err := json.Unmarshal(line, &where); err != nil {
		return fmt.Errorf("%w: %.200s", err, line)
	}
	history, kept := l.namespaces[where.ObjectRef.home()]
	if !kept {
		return nil
	}
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("%w: %.200s", err, line)
	}
	return history.take(e)
}
