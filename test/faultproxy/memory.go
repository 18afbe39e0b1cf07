// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Memory is a network of one host, in memory: a [net.Listener], and the
// transport that leads to it. In a bubble of testing/synctest the time goes on
// while both sides wait for each other, as it would not for a real network.
type Memory struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

// NewMemory is a network with nobody in it.
func NewMemory() *Memory {
	return &Memory{connections: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (m *Memory) Accept() (net.Conn, error) {
	select {
	case connection := <-m.connections:
		return connection, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (m *Memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

// Addr implements net.Listener.
func (m *Memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// Transport leads to whoever accepts, whatever the address.
func (m *Memory) Transport() *http.Transport {
	return &http.Transport{DialContext: m.dial}
}

func (m *Memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case m.connections <- far:
		return near, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
