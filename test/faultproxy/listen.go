// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// Server is a proxy that listens on loopback, with the rights of the config
// that it was made of: whoever speaks to it needs none.
type Server struct {
	*Proxy

	URL         string
	http        *http.Server
	mu          sync.Mutex
	connections map[net.Conn]bool
	ended       chan error
}

// Listen puts a proxy before the server of a config.
func Listen(config *rest.Config) (*Server, error) {
	next, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return Serve(New(target, next), listener), nil
}

// Serve puts a proxy behind a listener, which may be of a network in memory.
func Serve(p *Proxy, listener net.Listener) *Server {
	s := &Server{Proxy: p, URL: "http://" + listener.Addr().String(), connections: map[net.Conn]bool{}, ended: make(chan error, 1)}
	s.http = &http.Server{Handler: p, ConnState: s.follow, ReadHeaderTimeout: time.Minute}
	p.drop = s.dropAll
	go func() { s.ended <- s.http.Serve(listener) }()
	return s
}

// Close ends every connection and the listening.
func (s *Server) Close() error {
	err := s.http.Close()
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

func (s *Server) follow(connection net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.connections[connection] = true
	case http.StateClosed, http.StateHijacked:
		delete(s.connections, connection)
	}
}

func (s *Server) dropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for connection := range s.connections {
		// It is closed either way.
		_ = connection.Close()
	}
}
