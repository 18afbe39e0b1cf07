// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// keepsake is the file that the manifest of a set is saved to before it goes.
type keepsake struct{ path, namespaceName, setName string }

// manifestOf is the manifest that brings a set back, as text.
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
	printer, err := printFlags("yaml").ToPrinter()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = printer.PrintObj(manifest, &text)
	return text.Bytes(), err
}

// vacant says whether the file is still to be written. One that exists is left
// alone: it must be the very manifest that would be written, or, where this
// delete has begun already, one of this set.
func (k keepsake) vacant(text []byte, begun bool) (bool, error) {
	there, err := os.ReadFile(k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, unsaved(err)
	case bytes.Equal(there, text), begun && k.holds():
		return false, nil
	default:
		return false, &rollout.Refusal{
			Reason:  reasonUnsaved,
			Message: fmt.Sprintf("%s exists, and is not the manifest of %s as it is now; move it away, or name another file by --save", k.path, k.setName),
		}
	}
}

// holds says that the file is a manifest of the set.
func (k keepsake) holds() bool {
	text, err := os.ReadFile(k.path)
	if err != nil {
		return false
	}
	objects, err := documents(text)
	if err != nil || len(objects) != 1 {
		return false
	}
	m, err := parseManifest(string(objects[0]))
	return err == nil && m.set.Name == k.setName && m.set.Namespace == k.namespaceName
}

// write is all or nothing, since a run that is cut finds the file again. It is
// for nobody else to read: a pod template may hold secrets.
func (k keepsake) write(text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(k.path), filepath.Base(k.path)+".*")
	if err != nil {
		return unsaved(err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), k.path)
	}
	if err != nil {
		return unsaved(errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

func unsaved(err error) error {
	return &rollout.Refusal{Reason: reasonUnsaved, Message: fmt.Sprintf("the manifest cannot be saved: %v; name another file by --save", err)}
}
