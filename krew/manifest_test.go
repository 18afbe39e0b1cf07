// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// manifest has the fields that krew reads; krew passes over all others.
type manifest struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string     `json:"version"`
		ShortDescription string     `json:"shortDescription"`
		Description      string     `json:"description"`
		Caveats          string     `json:"caveats"`
		Homepage         string     `json:"homepage"`
		Platforms        []platform `json:"platforms"`
	} `json:"spec"`
}

type platform struct {
	URI      string                `json:"uri"`
	Sha256   string                `json:"sha256"`
	Selector *metav1.LabelSelector `json:"selector"`
	Files    []operation           `json:"files"`
	Bin      string                `json:"bin"`
}

// operation moves what From matches in the archive to To in the installation.
type operation struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// known are the machines that krew's validator knows.
func known() []string {
	return []string{
		"windows/386", "windows/amd64", "windows/arm64",
		"linux/386", "linux/amd64", "linux/arm", "linux/arm64", "linux/ppc64le",
		"darwin/386", "darwin/amd64", "darwin/arm64",
	}
}

// shipped are the machines for which a release has an archive.
func shipped() []string {
	return []string{
		"darwin/amd64", "darwin/arm64",
		"linux/amd64", "linux/arm64",
		"windows/amd64", "windows/arm64",
	}
}

// machines returns the known machines that the platform selects.
func (p platform) machines() ([]string, error) {
	selector, err := metav1.LabelSelectorAsSelector(p.Selector)
	if err != nil {
		return nil, fmt.Errorf("selector: %w", err)
	}
	return slices.DeleteFunc(known(), func(machine string) bool {
		goos, goarch, _ := strings.Cut(machine, "/")
		return !selector.Matches(labels.Set{"os": goos, "arch": goarch})
	}), nil
}
