// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
)

// entry is a file in an archive, or a link.
type entry struct{ name, content, link string }

func (e entry) header() *tar.Header {
	if e.link != "" {
		return &tar.Header{Name: e.name, Linkname: e.link, Typeflag: tar.TypeSymlink}
	}
	return &tar.Header{Name: e.name, Size: int64(len(e.content)), Mode: 0o755}
}

// pack makes an archive as a release has it.
func pack(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	writer := tar.NewWriter(zipped)
	for _, e := range entries {
		if err := writer.WriteHeader(e.header()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(writer, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// unpack refuses what krew refuses and returns the names of the files.
func unpack(archive []byte) ([]string, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	var fileNames []string
	for reader := tar.NewReader(zipped); ; {
		header, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return fileNames, nil
		case err != nil:
			return nil, err
		case strings.Contains(header.Name, "..") || strings.HasPrefix(header.Name, "/") || strings.HasPrefix(header.Name, `\`):
			return nil, fmt.Errorf("entry %q leaves the archive's folder", header.Name)
		case header.Typeflag == tar.TypeReg:
			fileNames = append(fileNames, path.Clean(header.Name))
		case header.Typeflag != tar.TypeDir:
			return nil, fmt.Errorf("entry %q is neither a file nor a folder", header.Name)
		}
	}
}

// install returns where the platform's operations put the archive's files.
func (p platform) install(fileNames []string) ([]string, error) {
	operations := p.Files
	if operations == nil {
		operations = []operation{{From: "*", To: "."}}
	}
	var installed []string
	for _, op := range operations {
		moved := op.move(fileNames)
		if len(moved) == 0 {
			return nil, fmt.Errorf("files: from %q matches nothing in the archive", op.From)
		}
		installed = append(installed, moved...)
	}
	return installed, nil
}

// move returns the targets of the files that the operation matches, themselves
// or by a folder that holds them.
func (o operation) move(fileNames []string) []string {
	var moved []string
	for _, fileName := range fileNames {
		for head := fileName; head != "."; head = path.Dir(head) {
			if matches, err := path.Match(path.Clean(o.From), head); err != nil || !matches {
				continue
			}
			moved = append(moved, path.Join(o.target(head), strings.TrimPrefix(fileName, head)))
			break
		}
	}
	return moved
}

// target says where a match ends: a plain name is renamed, a glob's matches keep their names.
func (o operation) target(match string) string {
	if path.Clean(o.From) == match && o.To != "." {
		return o.To
	}
	return path.Join(o.To, path.Base(match))
}
