// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-sts/kubectl-sts/pkg/document"
)

// Where files come from. Which they are says cli-runtime, as for kubectl: files,
// patterns, directories, URLs, standard input, a kustomization. Their text is read
// here: cli-runtime's visitors give objects, in which a key that stood twice, and
// the line of it, can no longer be seen, and they read what has no end to its end.

// sourceFlags are -f, -R and -k, and standard input for -f -.
type sourceFlags struct {
	resource.FilenameOptions
	in io.Reader
}

func (f *sourceFlags) add(flags *pflag.FlagSet, usage string) {
	own := genericclioptions.FileNameFlags{Usage: usage, Filenames: &f.Filenames, Kustomize: &f.Kustomize, Recursive: &f.Recursive}
	own.AddFlags(flags)
}

// given says that there is any.
func (f *sourceFlags) given() bool { return len(f.Filenames) > 0 || f.Kustomize != "" }

// String names what was typed.
func (f *sourceFlags) String() string {
	var names []string
	for _, fileName := range f.Filenames {
		names = append(names, source(fileName))
	}
	if f.Kustomize != "" {
		names = append(names, f.Kustomize)
	}
	return strings.Join(names, ", ")
}

// words are the flags as a command line has them.
func (f *sourceFlags) words() string {
	var words []string
	for _, fileName := range f.Filenames {
		words = append(words, "-f "+quoted(fileName))
	}
	if f.Kustomize != "" {
		words = append(words, "-k "+quoted(f.Kustomize))
	}
	if f.Recursive {
		words = append(words, "-R")
	}
	return strings.Join(words, " ")
}

// read gives each document of all sources, as a line of JSON, to take, which may
// refuse it. What is wrong is told of the file that it is in.
func (f *sourceFlags) read(take func(document []byte) error) error {
	if f.Kustomize != "" && (len(f.Filenames) > 0 || f.Recursive) {
		return usage("-k goes without -f and -R")
	}
	for _, fileName := range f.Filenames {
		if err := f.readAll(fileName, take); err != nil {
			return err
		}
	}
	if f.Kustomize == "" {
		return nil
	}
	if err := f.build(take); err != nil {
		return fileError("%s: %v", f.Kustomize, err)
	}
	return nil
}

// readAll reads what one -f stands for.
func (f *sourceFlags) readAll(fileName string, take func([]byte) error) error {
	paths, err := f.paths(fileName)
	if err != nil {
		return fileError("%s: %v", source(fileName), unnamed(err))
	}
	for _, path := range paths {
		if err := f.readOne(path, take); err != nil {
			if base := filepath.Base(path); slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, base) {
				err = fmt.Errorf("%w; it is a kustomization, which -k %s builds", err, quoted(filepath.Dir(path)))
			}
			return fileError("%s: %v", source(path), err)
		}
	}
	return nil
}

func (f *sourceFlags) readOne(path string, take func([]byte) error) error {
	text, err := open(path, f.in)
	if err != nil {
		return err
	}
	documents, err := document.Split(text)
	if err != nil {
		return err
	}
	for _, one := range documents {
		if err := take(one); err != nil {
			return err
		}
	}
	return nil
}

// paths are the files of a pattern or a directory; what is neither is itself.
func (f *sourceFlags) paths(fileName string) ([]string, error) {
	if fileName == "-" || isURL(fileName) {
		return []string{fileName}, nil
	}
	if strings.Contains(fileName, "://") {
		return nil, errors.New("-f takes the URLs http:// and https://; fetch it otherwise, and give it by -f -")
	}
	matches, err := filepath.Glob(fileName)
	if _, missing := os.Stat(fileName); missing == nil || err != nil || len(matches) == 0 {
		matches = []string{fileName}
	}
	var paths []string
	for _, match := range matches {
		found, err := resource.ExpandPathsToFileVisitors(nil, match, f.Recursive, resource.FileExtensions, nil)
		if err != nil {
			return nil, err
		}
		for _, visitor := range found {
			if file, ok := visitor.(*resource.FileVisitor); ok {
				paths = append(paths, file.Path)
			}
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there is no file in it that ends in %s; -R looks into its directories too", strings.Join(resource.FileExtensions, ", "))
	}
	return paths, nil
}

// build makes the objects of a kustomization.
func (f *sourceFlags) build(take func([]byte) error) error {
	infos, err := resource.NewLocalBuilder().Unstructured().FilenameParam(false, &f.FilenameOptions).Flatten().Do().Infos()
	if err != nil {
		return err
	}
	for _, info := range infos {
		text, err := runtime.Encode(unstructured.UnstructuredJSONScheme, info.Object)
		if err != nil {
			return err
		}
		if err := take(text); err != nil {
			return err
		}
	}
	return nil
}

// source is where documents come from, in words.
func source(fileName string) string {
	if fileName == "-" {
		return "standard input"
	}
	return fileName
}

func isURL(fileName string) bool {
	return strings.HasPrefix(fileName, "http://") || strings.HasPrefix(fileName, "https://")
}

// open reads a file, a URL, or standard input for -. Its errors go without the name.
func open(path string, in io.Reader) ([]byte, error) {
	switch {
	case path == "-":
		return readAll(in)
	case isURL(path):
		return fetch(path)
	default:
		text, err := readWhole(path)
		return text, unnamed(err)
	}
}

// unnamed is an error about a file without its name.
func unnamed(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func readWhole(fileName string) (_ []byte, err error) {
	file, err := os.Open(fileName)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readAll(file)
}

// attempts to fetch a URL are as many as kubectl makes
// (cli-runtime/pkg/resource/builder.go: defaultHttpGetAttempts).
const attempts = 3

// slowest is how long a URL may take.
const slowest = time.Minute

// fetch reads a URL; a server that fails is asked again.
func fetch(url string) (text []byte, err error) {
	client := http.Client{Timeout: slowest}
	for range attempts {
		var code int
		if code, text, err = get(client, url); err != nil || code < http.StatusInternalServerError {
			return text, err
		}
		err = fmt.Errorf("the server answers %d %s", code, http.StatusText(code))
	}
	return nil, err
}

func get(client http.Client, url string) (code int, text []byte, err error) {
	answer, err := client.Get(url)
	if err != nil {
		return 0, nil, errors.Unwrap(err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode >= http.StatusBadRequest && answer.StatusCode < http.StatusInternalServerError {
		return answer.StatusCode, nil, fmt.Errorf("the server answers %s", answer.Status)
	}
	text, err = readAll(answer.Body)
	return answer.StatusCode, text, err
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
