// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"os"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

// What the client library has to say of an answer that broke off tears the live
// table, and the run tells it in its own words.
func TestTheClientLibraryIsQuiet(t *testing.T) {
	addLogFlag(pflag.NewFlagSet("test", pflag.ContinueOnError))
	stderr := os.Stderr
	defer func() { os.Stderr = stderr }()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = write
	klog.ErrorS(io.ErrUnexpectedEOF, "Unexpected error when reading response body")
	klog.Flush()
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if len(said) > 0 {
		t.Errorf("it says %q", said)
	}
}
