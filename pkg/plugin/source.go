// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Where files come from.

// source is where documents come from, in words.
func source(fileName string) string {
	if fileName == "-" {
		return "standard input"
	}
	return fileName
}

// open reads a file, or standard input for -.
func open(fileName string, in io.Reader) ([]byte, error) {
	if fileName == "-" {
		return readAll(in)
	}
	return readFile(fileName)
}

// readFile knows what kubectl would fetch, and this program does not. Its errors
// go without the name of the file.
func readFile(fileName string) ([]byte, error) {
	if strings.Contains(fileName, "://") {
		return nil, errors.New("-f takes files, not URLs; fetch it, and give it by -f -")
	}
	text, err := readWhole(fileName)
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return text, err
}

func readWhole(fileName string) (_ []byte, err error) {
	file, err := os.Open(fileName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readAll(file)
}

// mostBytes is far more than a server would store of what one set needs.
const mostBytes = 32 << 20

// readAll does not go on for ever with what has no end.
func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if len(text) > mostBytes {
		return nil, fmt.Errorf("there is more than %d MiB of it, which is no manifest", mostBytes>>20)
	}
	return text, err
}
