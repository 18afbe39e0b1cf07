// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"syscall"

	"github.com/kubectl-sts/kubectl-sts/pkg/document"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// keepsake is the file that the manifest of a set is saved to before it goes.
type keepsake struct{ path, namespaceName, setName string }

// keepsakeMark begins the first line of what a delete saves, and tells it from a
// manifest of the same name that is the user's own.
const keepsakeMark = "# saved by kubectl sts delete"

// marked is a manifest under the line that says which object it was made of.
func marked(s rollout.Set, manifest []byte) []byte {
	return append(fmt.Appendf(nil, "%s: %s, uid %s\n", keepsakeMark, s, s.UID), manifest...)
}

// unmarked is the manifest alone.
func unmarked(text []byte) []byte {
	if line, rest, ok := bytes.Cut(text, []byte("\n")); ok && bytes.HasPrefix(line, []byte(keepsakeMark)) {
		return rest
	}
	return text
}

// manifestOf is the manifest that brings a set back, as text. Where the server
// would deny it, which it may of a set that was made under other rules, that is
// told.
func manifestOf(ctx context.Context, o Opening, found rollout.Found) ([]byte, error) {
	object, err := o.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	if set := o.State.Set; object.GetUID() != set.UID || object.GetGeneration() != set.Generation {
		return nil, &rollout.Superseded{
			Reason:  rollout.SpecChanged,
			Message: fmt.Sprintf("%s was changed by somebody else while this command got ready; run the same command again", set),
		}
	}
	manifest, err := found.Manifest(object)
	if err != nil {
		return nil, err
	}
	if err := o.Creatable(ctx, manifest); err != nil {
		o.Warn("the server would not take the manifest of %s back, so that what is deleted could not be made again by it: %v", o.State.Set, err)
	}
	printer, err := printFlags("yaml").ToPrinter()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = printer.PrintObj(manifest, &text)
	return marked(o.State.Set, text.Bytes()), err
}

// vacant says whether the file is still to be written. One that exists is left as
// it is, and must say what would be written: the very manifest, under whatever
// mark or none, or, where this delete has begun already and saved it, one with the
// same spec, since the labels and notes of a set can change while it goes.
func (k keepsake) vacant(text []byte, begun bool) (bool, error) {
	there, err := k.read()
	switch {
	case k.path == "-": // to apply, which brings the set back, this is standard input
		return false, unsaved(errors.New(`"-" would be a file of that name`))
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, unsaved(err)
	case bytes.Equal(unmarked(there), unmarked(text)), begun && k.sameSpec(there, text):
		return false, nil
	default:
		return false, &rollout.Refusal{
			Reason:  reasonUnsaved,
			Message: fmt.Sprintf("%s exists, and is not the manifest of %s as the delete finds it; move it away, or name another file by --save", k.path, k.setName),
		}
	}
}

// sameSpec says that two texts, both saved by a delete, bring the same set back.
func (k keepsake) sameSpec(there, text []byte) bool {
	old, okOld := k.parse(there)
	now, okNow := k.parse(text)
	return okOld && okNow && reflect.DeepEqual(old, now)
}

// parse reads the spec of what a delete saved of the set, with every field.
func (k keepsake) parse(text []byte) (spec any, ok bool) {
	if !bytes.HasPrefix(text, []byte(keepsakeMark)) {
		return nil, false
	}
	documents, err := document.Split(text)
	if err != nil || len(documents) != 1 {
		return nil, false
	}
	found, err := statefulSetsOf(documents[0])
	if err != nil || len(found) != 1 {
		return nil, false
	}
	var m setManifest
	if err := json.Unmarshal([]byte(found[0]), &m); err != nil || m.Metadata.Name != k.setName || m.Metadata.Namespace != k.namespaceName {
		return nil, false
	}
	err = json.Unmarshal(m.Spec, &spec)
	return spec, err == nil
}

// holds says that the file is what a delete saved of the set.
func (k keepsake) holds() bool {
	text, err := k.read()
	if err != nil {
		return false
	}
	_, ok := k.parse(text)
	return ok
}

// read follows no link, and waits for no pipe: what is to bring the set back is a
// file, under the name that is told.
func (k keepsake) read() ([]byte, error) {
	info, err := os.Lstat(k.path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is there, and is no plain file", k.path)
	}
	return os.ReadFile(k.path)
}

// write is all or nothing, since a run that is cut finds the file again. It is
// for nobody else to read: a pod template may hold secrets. The whole file gets
// its name by a link: a rename would take the place of what came there meanwhile.
func (k keepsake) write(text []byte) error { return k.writeBy(os.Link, text) }

func (k keepsake) writeBy(link func(from, to string) error, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(k.path), filepath.Base(k.path)+".*")
	if err != nil {
		return unsaved(fmt.Errorf("%s: %w", k.path, errors.Unwrap(err)))
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = link(file.Name(), k.path)
	}
	var unlinked *os.LinkError
	if errors.As(err, &unlinked) && !errors.Is(err, fs.ErrExist) {
		err = k.create(text)
	}
	if err := errors.Join(err, os.Remove(file.Name()), syncFolder(filepath.Dir(k.path))); err != nil {
		return unsaved(err)
	}
	return nil
}

// create writes the file under its own name, where the file system knows no links
// (FAT, some network and shared folders). A process that dies in it leaves a part,
// which the next delete refuses as a file that is not the manifest.
func (k keepsake) create(text []byte) error {
	const mine = 0o600
	file, err := os.OpenFile(k.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mine)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(k.path))
	}
	return nil
}

// syncFolder makes a new name in a folder outlast a crash of the machine, where the
// system can do that.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // a file system that has no such thing
	}
	return errors.Join(err, folder.Close())
}

func unsaved(err error) error {
	return &rollout.Refusal{Reason: reasonUnsaved, Message: fmt.Sprintf("the manifest cannot be saved: %v; name another file by --save", err)}
}
