// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"io"
	"net/http"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	policyclient "k8s.io/client-go/kubernetes/typed/policy/v1"
	storageclient "k8s.io/client-go/kubernetes/typed/storage/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// fieldManager is what managedFields shows of our writes.
const fieldManager = rollout.FieldManager

// Client speaks to one namespace of one cluster, or, for [Client.LookAll]
// alone, to all of them. There is one client a group and no clientset, which
// would add 12 MB to the program.
type Client struct {
	namespaceName string
	via           string
	clock         *serverClock
	retryAfter    time.Duration // see [tries]

	// The set is read raw, see rollout.LookSet; so is what is applied.
	raw           dynamic.Interface
	sets          dynamic.ResourceInterface
	apps          appsclient.AppsV1Interface
	core          coreclient.CoreV1Interface
	authorization authorizationclient.AuthorizationV1Interface
	autoscaling   autoscalingclient.AutoscalingV2Interface
	policy        policyclient.PolicyV1Interface
	storage       storageclient.StorageV1Interface
}

// Options of a sighting.
type Options struct {
	FailurePolicy rollout.FailurePolicy
	// NeedsClaims: nothing is done without the namespace's claims. Else they are
	// seen where the set's pods mount any, or [Run.SeeClaims] asks for them, and where
	// they may be read.
	NeedsClaims bool
	// Unread is told what a sighting goes without, by the names of [EventsRead] and
	// [ClaimsRead], and why; nil for nobody.
	Unread func(what string, err error)
	// Soak is how long a pod must stand before that means something, where the user has
	// said it; nil for what the set's template needs.
	Soak *time.Duration
	// Endings of pods that a run has seen before, for a look that cannot see any.
	Endings map[int32]rollout.Ending
}

func (o Options) unread(what string, err error) {
	if o.Unread != nil && err != nil {
		o.Unread(what, err)
	}
}

// soaked is a set with the soak that was asked for.
func (o Options) soaked(set rollout.Set) rollout.Set {
	if o.Soak != nil {
		set.Soak = *o.Soak
	}
	return set
}

// Caller is who speaks to the cluster.
type Caller struct {
	Namespace string    // "" for all
	Via       string    // what leads another command to this cluster, see [rollout.Set.Via]
	UserAgent string    // what audit logs show; "" for the config's
	Warnings  io.Writer // where the server's warnings go, each once; nil for the config's handler
}

// NewClient makes a client of a copy of config. It asks nothing of the server.
// There is no limit to its requests a second: the server has its own, which are
// fair to others (API Priority and Fairness).
func NewClient(config *rest.Config, caller Caller) (*Client, error) {
	return newClient(config, caller, time.Now)
}

func newClient(config *rest.Config, caller Caller, now func() time.Time) (*Client, error) {
	c := &Client{namespaceName: caller.Namespace, via: caller.Via, clock: newServerClock(now), retryAfter: retryAfter}
	own := rest.CopyConfig(config)
	own.QPS = -1
	if caller.UserAgent != "" {
		own.UserAgent = caller.UserAgent
	}
	if caller.Warnings != nil {
		own.WarningHandler = rest.NewWarningWriter(caller.Warnings, rest.WarningWriterOptions{Deduplicate: true})
	}
	own.Wrap(deadlines)
	own.Wrap(c.clock.wrap)
	own.Wrap(countSendings)
	connection, err := rest.HTTPClientFor(own)
	if err != nil {
		return nil, fmt.Errorf("connection to %s: %w", own.Host, err)
	}
	authorized := *connection
	authorized.Transport = reauthorized{connection.Transport}
	if err := c.connect(own, &authorized); err != nil {
		return nil, fmt.Errorf("client of %s: %w", own.Host, err)
	}
	return c, nil
}

// Namespace is the one that it speaks to; "" for all.
func (c *Client) Namespace() string { return c.namespaceName }

// connect makes a client for each group, all on one connection.
func (c *Client) connect(config *rest.Config, connection *http.Client) error {
	var err error
	if c.raw, err = dynamic.NewForConfigAndClient(config, connection); err != nil {
		return err
	}
	c.sets = c.raw.Resource(appsv1.SchemeGroupVersion.WithResource("statefulsets")).Namespace(c.namespaceName)

	typed := rest.CopyConfig(config)
	typed.ContentType = runtime.ContentTypeJSON
	typed.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	if c.apps, err = appsclient.NewForConfigAndClient(typed, connection); err != nil {
		return err
	}
	if c.core, err = coreclient.NewForConfigAndClient(typed, connection); err != nil {
		return err
	}
	if c.authorization, err = authorizationclient.NewForConfigAndClient(typed, connection); err != nil {
		return err
	}
	if c.autoscaling, err = autoscalingclient.NewForConfigAndClient(typed, connection); err != nil {
		return err
	}
	if c.policy, err = policyclient.NewForConfigAndClient(typed, connection); err != nil {
		return err
	}
	c.storage, err = storageclient.NewForConfigAndClient(typed, connection)
	return err
}
