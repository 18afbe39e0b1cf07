// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/yaml"
)

// submission is what the index is offered.
type submission struct {
	fileName string
	text     []byte
	manifest manifest          // what krew reads in text
	archives map[string][]byte // what it downloads, by URI
}

// rule is a reason to turn a submission down.
type rule struct {
	demand string
	check  func(submission) error
}

// rules are what krew and its validator enforce, and from the eighteenth on
// what the reviewers of its index ask for.
func rules() []rule {
	return []rule{
		{"apiVersion and kind are krew's", ofKrew},
		{"the file is the plugin's name and .yaml", fileNamed},
		{"the name is safe on every system", safeName},
		{"shortDescription is one line", oneLine},
		{"version is a semantic version behind a v", semantic},
		{"each platform has uri, sha256 and bin", each(complete)},
		{"sha256 is 64 hexadecimal digits in lower case", each(digest)},
		{"files is absent, or all of it has from and to", each(filesPaired)},
		{"the selector speaks of os and arch only", each(selector)},
		{"each platform selects a machine that krew knows", each(reachable)},
		{"no machine is selected twice", disjoint},
		{"the archive is the one that was summed, and harmless", eachArchive(genuine)},
		{"to is a clean path", each(cleanTo)},
		{"from matches something in the archive", eachInstalled(nothingMore)},
		{"a licence is installed", eachInstalled(licensed)},
		{"the program is installed", eachInstalled(executable)},
		{"no field is unknown", strict},

		{"shortDescription is a tagline", tagline},
		{"description is wrapped", wrapped},
		{"it is this project, for six machines", ours},
	}
}

func ofKrew(s submission) error {
	if s.manifest.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" {
		return fmt.Errorf("apiVersion is %q", s.manifest.APIVersion)
	}
	if s.manifest.Kind != "Plugin" {
		return fmt.Errorf("kind is %q", s.manifest.Kind)
	}
	return nil
}

func fileNamed(s submission) error {
	if wantName := s.manifest.Metadata.Name + ".yaml"; s.fileName != wantName {
		return fmt.Errorf("the file is called %q, not %q", s.fileName, wantName)
	}
	return nil
}

func safeName(s submission) error {
	pluginName := s.manifest.Metadata.Name
	if !regexp.MustCompile(`^[\w-]+$`).MatchString(pluginName) {
		return fmt.Errorf("name %q has other characters than letters, digits, _ and -", pluginName)
	}
	if regexp.MustCompile(`(?i)^(con|prn|aux|nul|(com|lpt)[1-9])$`).MatchString(pluginName) {
		return fmt.Errorf("name %q is a device on Windows", pluginName)
	}
	return nil
}

func oneLine(s submission) error {
	if short := s.manifest.Spec.ShortDescription; short == "" || strings.ContainsAny(short, "\r\n") {
		return fmt.Errorf("shortDescription is %q", short)
	}
	return nil
}

func semantic(s submission) error {
	if !strings.HasPrefix(s.manifest.Spec.Version, "v") {
		return fmt.Errorf("version %q does not begin with a v", s.manifest.Spec.Version)
	}
	_, err := version.ParseSemantic(s.manifest.Spec.Version)
	return err
}

// each holds every platform against a check; none at all is wrong, too.
func each(check func(platform) error) func(submission) error {
	return func(s submission) error {
		if len(s.manifest.Spec.Platforms) == 0 {
			return errors.New("there is no platform")
		}
		for i, p := range s.manifest.Spec.Platforms {
			if err := check(p); err != nil {
				return fmt.Errorf("platform %d: %w", i, err)
			}
		}
		return nil
	}
}

func complete(p platform) error {
	if p.URI == "" || p.Sha256 == "" || p.Bin == "" {
		return fmt.Errorf("one of uri %q, sha256 %q, bin %q is missing", p.URI, p.Sha256, p.Bin)
	}
	return nil
}

func digest(p platform) error {
	if !regexp.MustCompile(`^[a-f0-9]{64}$`).MatchString(p.Sha256) {
		return fmt.Errorf("sha256 is %q", p.Sha256)
	}
	return nil
}

func filesPaired(p platform) error {
	if p.Files != nil && len(p.Files) == 0 {
		return errors.New("files is empty")
	}
	for _, op := range p.Files {
		if op.From == "" || op.To == "" {
			return fmt.Errorf("files: one of from %q, to %q is missing", op.From, op.To)
		}
	}
	return nil
}

func selector(p platform) error {
	if p.Selector == nil || len(p.Selector.MatchLabels)+len(p.Selector.MatchExpressions) == 0 {
		return errors.New("selector is empty")
	}
	expressions := slices.Clone(p.Selector.MatchExpressions)
	for key := range p.Selector.MatchLabels {
		expressions = append(expressions, metav1.LabelSelectorRequirement{Key: key})
	}
	for _, expression := range expressions {
		if expression.Key != "os" && expression.Key != "arch" {
			return fmt.Errorf("selector: key %q is neither os nor arch", expression.Key)
		}
	}
	return nil
}

func reachable(p platform) error {
	machines, err := p.machines()
	if err == nil && len(machines) == 0 {
		err = errors.New("selector selects no known machine")
	}
	return err
}

func disjoint(s submission) error {
	seen := map[string]bool{}
	return each(func(p platform) error {
		machines, err := p.machines()
		for _, machine := range machines {
			if seen[machine] {
				return fmt.Errorf("%s is selected before", machine)
			}
			seen[machine] = true
		}
		return err
	})(s)
}

// eachArchive holds every platform's archive against a check.
func eachArchive(check func(platform, []byte) error) func(submission) error {
	return func(s submission) error {
		return each(func(p platform) error { return check(p, s.archives[p.URI]) })(s)
	}
}

func genuine(p platform, archive []byte) error {
	if sum := sha256.Sum256(archive); p.Sha256 != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("sha256 is not that of %s", p.URI)
	}
	_, err := unpack(archive)
	return err
}

func cleanTo(p platform) error {
	for _, op := range p.Files {
		if op.To != path.Clean(op.To) {
			return fmt.Errorf("files: to is %q, not %q", op.To, path.Clean(op.To))
		}
	}
	return nil
}

// eachInstalled holds what every platform installs against a check.
func eachInstalled(check func(platform, []string) error) func(submission) error {
	return eachArchive(func(p platform, archive []byte) error {
		fileNames, err := unpack(archive)
		if err != nil {
			return err
		}
		installed, err := p.install(fileNames)
		if err != nil {
			return err
		}
		return check(p, installed)
	})
}

// nothingMore asks nothing beyond that the installation goes through.
func nothingMore(platform, []string) error { return nil }

func licensed(_ platform, installed []string) error {
	names := regexp.MustCompile(`(?i)^(licenses?(\.txt|\.md)?|copying(\.txt)?)$`)
	if !slices.ContainsFunc(installed, names.MatchString) {
		return fmt.Errorf("no licence among %q", installed)
	}
	return nil
}

func executable(p platform, installed []string) error {
	if !slices.Contains(installed, p.Bin) {
		return fmt.Errorf("bin %q is not among %q", p.Bin, installed)
	}
	machines, err := p.machines()
	if slices.ContainsFunc(machines, onWindows) && path.Ext(p.Bin) != ".exe" {
		return fmt.Errorf("bin %q does not run on Windows", p.Bin)
	}
	return err
}

func onWindows(machine string) bool { return strings.HasPrefix(machine, "windows/") }

func strict(s submission) error {
	return yaml.UnmarshalStrict(s.text, &manifest{})
}

func tagline(s submission) error {
	short := s.manifest.Spec.ShortDescription
	if len(short) > 50 {
		return fmt.Errorf("shortDescription has %d characters, 50 are allowed", len(short))
	}
	if regexp.MustCompile(`(?i)plugin|kubernetes|kubectl|\.$`).MatchString(short) {
		return fmt.Errorf("shortDescription %q is a sentence or says what every plugin is", short)
	}
	return nil
}

func wrapped(s submission) error {
	if s.manifest.Spec.Description == "" {
		return errors.New("there is no description")
	}
	for line := range strings.Lines(s.manifest.Spec.Description + s.manifest.Spec.Caveats) {
		if len(line) > len("\n")+80 {
			return fmt.Errorf("a line has more than 80 characters: %q", line)
		}
	}
	return nil
}

func ours(s submission) error {
	if s.manifest.Spec.Homepage != "https://github.com/kubectl-sts/kubectl-sts" {
		return fmt.Errorf("homepage is %q", s.manifest.Spec.Homepage)
	}
	var selected []string
	err := each(func(p platform) error {
		machines, err := p.machines()
		selected = append(selected, machines...)
		return err
	})(s)
	slices.Sort(selected)
	if err == nil && !slices.Equal(selected, shipped()) {
		err = fmt.Errorf("the machines are %q, not %q", selected, shipped())
	}
	return err
}
