// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Build says what this program was built from.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// ThisBuild is the running program's. The linker gives the version of a
// release; `go install` leaves it in the build information.
func ThisBuild(linked string) Build {
	b := Build{Version: linked, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			b.Commit = setting.Value
		}
	}
	return b
}

// UserAgent is what audit logs show.
func (b Build) UserAgent() string {
	return fmt.Sprintf("kubectl-sts/%s (%s/%s) %.7s", b.Version, b.OS, b.Arch, b.Commit)
}

func versionCommand(build Build, streams Streams) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch output {
			case "":
				_, err := fmt.Fprintf(streams.Out, "kubectl-sts %s (%s, %s/%s)\n", build.Version, build.Go, build.OS, build.Arch)
				return err
			case "json":
				encoder := json.NewEncoder(streams.Out)
				encoder.SetIndent("", "  ")
				return encoder.Encode(build)
			default:
				return usage("-o %q is none of json", output)
			}
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "json")
	return c
}
