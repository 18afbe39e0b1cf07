// SPDX-License-Identifier: Apache-2.0

// Package krew holds the manifest by which krew installs the plugin, and the
// tests that keep it installable. It has no code that runs anywhere else.
//
// sts.yaml is a template, because a manifest names the checksum of every
// archive and so can only be finished when a release exists. It is written for
// krew-release-bot, which gives a template two things: .TagName, and the
// function addURIAndSha, which downloads an asset and writes its uri and
// sha256 lines.
//
// Six archives belong to a release, kubectl-sts_OS_ARCH.tar.gz for linux,
// darwin and windows on amd64 and arm64. Each holds two files and no folder:
// the program, kubectl-sts or kubectl-sts.exe, and LICENSE. krew reads zip files
// as well and looks at the content, not at the name, so one form serves all.
//
// krew's own validator is a program that needs kubectl, krew and the published
// archives. The tests here know its rules instead: they play the bot with
// archives packed in memory, and hold the outcome against each rule. A rule
// that rejects nothing proves nothing, so each also meets manifests which it
// has to turn down. Beyond the tools' rules there are those of the people who
// review the index, which no tool checks.
package krew
