// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// session is one running command: who it is, where it writes, how it connects.
type session struct {
	Invocation
	voice      *voice
	connection *genericclioptions.ConfigFlags
	flags      *pflag.FlagSet // the connection's, as they were typed
}

// asked is a checked command line: what a session can be told to do.
type asked interface {
	run(ctx context.Context, s session) error
}

// taker gets what a command line asks for.
type taker func(context.Context, asked) error

// client connects as the flags and the kubeconfig say.
func (s session) client() (*cluster.Client, error) {
	namespaceName, _, err := s.connection.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, err
	}
	return s.clientOf(namespaceName)
}

// everywhere is a client of all namespaces.
func (s session) everywhere() (*cluster.Client, error) { return s.clientOf("") }

// clientIn connects to the namespace that a manifest names, if it does; -n may
// not name another one.
func (s session) clientIn(manifestNamespace string) (*cluster.Client, error) {
	namespaceName, given, err := s.connection.ToRawKubeConfigLoader().Namespace()
	switch {
	case err != nil:
		return nil, err
	case manifestNamespace == "" || manifestNamespace == namespaceName:
		return s.clientOf(namespaceName)
	case given:
		return nil, usage("the manifest is for namespace %q, and -n says %q", manifestNamespace, namespaceName)
	default:
		return s.clientOf(manifestNamespace)
	}
}

func (s session) clientOf(namespaceName string) (*cluster.Client, error) {
	if s.voice.events != nil {
		s.voice.events.In(namespaceName)
	}
	config, err := s.connection.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	return cluster.NewClient(config, cluster.Caller{
		Namespace: namespaceName, Via: s.connectionFlags(), UserAgent: s.Build.UserAgent(), Warnings: warnings{s.voice},
	})
}

// progress is chosen by flag, stream and environment.
func (s session) progress(mode string, header render.Header) (render.Progress, error) {
	style := s.voice.style
	style.Continued = s.Streams.Continued
	progress, err := render.NewProgress(mode, s.Streams.Err, style, header)
	if err != nil {
		return nil, usage("%v", err)
	}
	return progress, nil
}

// command is a command line of this program, to be pasted: it goes to the same
// cluster as the one that printed it. Without a namespace it goes to the context's.
func (s session) command(namespaceName string, args []string) string {
	if len(args) == 0 {
		return ""
	}
	line := s.Name + " " + strings.Join(args, " ")
	if namespaceName != "" {
		line += " -n " + namespaceName
	}
	return line + s.connectionFlags()
}

// unrepeated are the flags that a printed command does without, or must not show.
var unrepeated = map[string]bool{"namespace": true, "token": true, "username": true, "password": true, "cache-dir": true, "v": true}

// connectionFlags are those that were typed.
func (s session) connectionFlags() string {
	var b strings.Builder
	s.flags.VisitAll(func(flag *pflag.Flag) {
		if !flag.Changed || unrepeated[flag.Name] {
			return
		}
		value := flag.Value.String()
		if values, ok := flag.Value.(pflag.SliceValue); ok {
			value = strings.Join(values.GetSlice(), ",")
		}
		b.WriteString(" --" + flag.Name + "=" + quoted(value))
	})
	return b.String()
}

// again is the command line as it was typed, without what nobody else may read, and
// with more flags, to be pasted.
func (s session) again(more ...string) string {
	line := s.Name
	for _, arg := range append(printable(s.Args), more...) {
		line += " " + quoted(arg)
	}
	return line
}

// in is the flag that names a namespace, where none was typed.
func (s session) in(namespaceName string) []string {
	typed := s.flags.Lookup("namespace")
	if namespaceName == "" || typed != nil && typed.Changed {
		return nil
	}
	return []string{"-n", namespaceName}
}

// plain is what a shell takes as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=@%,+-]+$`)

func quoted(arg string) string {
	if plain.MatchString(arg) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// newRun marks the records of this process.
func newRun() (string, error) {
	var mark [4]byte
	if _, err := rand.Read(mark[:]); err != nil {
		return "", fmt.Errorf("random run mark: %w", err)
	}
	return hex.EncodeToString(mark[:]), nil
}

// explained adds to each blocked ordinal what events and logs say of it, as far as
// they come in time.
func explained(ctx context.Context, client *cluster.Client, s rollout.State) rollout.State {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	var blocked []string
	for _, pod := range s.Pods {
		if pod.Cause.ID != "" && pod.UID != "" {
			blocked = append(blocked, pod.Name)
		}
	}
	if len(blocked) == 0 {
		return s
	}
	causes := client.Explain(ctx, s, blocked)
	s.Pods = slices.Clone(s.Pods)
	for i, pod := range s.Pods {
		if cause, ok := causes[pod.Name]; ok {
			s.Pods[i].Cause = cause
		}
	}
	return s
}

// superseded says whether an error is a supersession for one of the reasons.
func superseded(err error, reasons ...rollout.Reason) bool {
	var s *rollout.Superseded
	return errors.As(err, &s) && slices.Contains(reasons, s.Reason)
}
