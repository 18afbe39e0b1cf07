// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/watch"
)

// errOver ends a stream.
var errOver = errors.New("the stream is over by schedule")

// streams says that the fault happens in the midst of a watch.
func (f Fault) streams() bool { return f.Do == Cut || f.Do == End || f.Do == Expire || f.Do == Half }

// serveStream passes a watch on until its end is due.
func (p *Proxy) serveStream(rw http.ResponseWriter, r *http.Request, f Fault) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if f.For > 0 {
		defer time.AfterFunc(time.Duration(f.For), cancel).Stop()
	}
	defer func() {
		// The reverse proxy aborts a handler whose answer could not be written to
		// the end. What the client is to see of it, the fault says.
		if over := recover(); over != nil && f.Do != End && f.Do != Expire {
			hangUp(rw)
		}
	}()
	p.reverse.ServeHTTP(&stream{ResponseWriter: rw, fault: f}, r.WithContext(ctx))
}

// stream lets so many pieces of an answer through.
type stream struct {
	http.ResponseWriter

	fault  Fault
	pieces int
}

// Unwrap is for http.ResponseController.
func (s *stream) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Write implements io.Writer.
func (s *stream) Write(piece []byte) (int, error) {
	s.pieces++
	if s.pieces <= s.fault.Pieces {
		return s.ResponseWriter.Write(piece)
	}
	switch s.fault.Do {
	case Half:
		piece = piece[:len(piece)/2]
	case Expire:
		piece = expired(s.Header().Get("Content-Type"))
	default:
		return 0, errOver
	}
	if _, err := s.ResponseWriter.Write(piece); err != nil {
		return 0, err
	}
	return 0, errors.Join(errOver, http.NewResponseController(s.ResponseWriter).Flush())
}

// expired is the event by which a server ends a watch whose version it has no
// more, in the encoding of the stream.
func expired(contentType string) []byte {
	status := statusOf(http.StatusGone)
	event := metav1.WatchEvent{Type: string(watch.Error)}
	if !strings.Contains(contentType, "protobuf") {
		event.Object.Object = status
		text, err := json.Marshal(event)
		if err != nil {
			return nil
		}
		return append(text, '\n')
	}
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	var object bytes.Buffer
	if err := protobuf.NewSerializer(scheme, scheme).Encode(status, &object); err != nil {
		return nil
	}
	event.Object.Raw = object.Bytes()
	frame, err := event.Marshal()
	if err != nil {
		return nil
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)
}
