// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

var errScript = errors.New("the script is over")

// play is a source whose streams are scripted, and what a feed made of it.
type play struct {
	streams []watch.Interface // in the order in which they are opened
	opening func()            // before each
	now     time.Time

	lists    int
	versions []string // that streams were asked to begin at
	told     []error  // by report
	filled   int
}

func (p *play) feed() *feed {
	f := &feed{
		name: "pods", sink: &denials{}, now: func() time.Time { return p.now },
		fill:   func(change func() error) error { p.filled++; return change() },
		report: func(err error) { p.told = append(p.told, err) },
	}
	f.source.list = func(context.Context, metav1.ListOptions) (runtime.Object, error) {
		p.lists++
		return &corev1.EventList{ListMeta: metav1.ListMeta{ResourceVersion: "10"}}, nil
	}
	f.source.watch = func(_ context.Context, o metav1.ListOptions) (watch.Interface, error) {
		p.versions = append(p.versions, o.ResourceVersion)
		if p.opening != nil {
			p.opening()
		}
		if len(p.streams) == 0 {
			return nil, errScript
		}
		next := p.streams[0]
		p.streams = p.streams[1:]
		return next, nil
	}
	return f
}

// tape is a stream that was recorded: it plays, and ends.
type tape struct{ events []watch.Event }

func stream(events ...watch.Event) watch.Interface {
	return watch.NewStreamWatcher(&tape{events}, apierrors.NewClientErrorReporter(500, "GET", "test"))
}

func (t *tape) Decode() (watch.EventType, runtime.Object, error) {
	if len(t.events) == 0 {
		return "", nil, io.EOF
	}
	event := t.events[0]
	t.events = t.events[1:]
	return event.Type, event.Object, nil
}

func (t *tape) Close() {}

func bookmark(version string) watch.Event {
	return watch.Event{Type: watch.Bookmark, Object: &corev1.Event{ObjectMeta: metav1.ObjectMeta{ResourceVersion: version}}}
}

func TestFeedResumesWhereAStreamEnded(t *testing.T) {
	p := &play{streams: []watch.Interface{stream(bookmark("11"), bookmark("12")), stream(bookmark("13"))}}
	if err := p.feed().follow(t.Context()); !errors.Is(err, errScript) {
		t.Errorf("ended with %v", err)
	}
	if want := []string{"10", "12", "13"}; !slices.Equal(p.versions, want) || p.lists != 1 {
		t.Errorf("%d lists, streams from %v, not %v", p.lists, p.versions, want)
	}
	if want := []error{nil, errEnded, nil, errEnded}; !slices.Equal(p.told, want) {
		t.Errorf("told %v, not %v", p.told, want)
	}
}

func TestFeedDoesNotResumeLate(t *testing.T) {
	p := &play{streams: []watch.Interface{stream(bookmark("11")), stream(bookmark("12"))}}
	p.opening = func() {
		if p.lists == 1 && len(p.versions) == 2 {
			p.now = p.now.Add(resumeWithin + 1)
		}
	}
	if err := p.feed().follow(t.Context()); !errors.Is(err, errLate) {
		t.Errorf("ended with %v", err)
	}
	if want := []error{nil, errEnded}; !slices.Equal(p.told, want) {
		t.Errorf("told %v, not %v", p.told, want)
	}
}

// client-go answers an open that was cut with an empty stream and no error.
func TestFeedTakesNoCutForAStream(t *testing.T) {
	p := &play{streams: []watch.Interface{watch.NewEmptyWatch()}}
	if err := p.feed().follow(t.Context()); !errors.Is(err, errCut) {
		t.Errorf("ended with %v", err)
	}
	if len(p.told) > 0 {
		t.Errorf("told %v before a stream was open", p.told)
	}
}

func TestFeedDoesNotOpenSilentStreamsForEver(t *testing.T) {
	p := &play{streams: []watch.Interface{stream(), stream()}}
	if err := p.feed().follow(t.Context()); !errors.Is(err, errCut) || len(p.versions) != 1 {
		t.Errorf("ended with %v after %d streams", err, len(p.versions))
	}
}

func TestFeedEndsWithTheServersError(t *testing.T) {
	gone := failure(http.StatusGone, metav1.StatusReasonExpired, "too old")
	p := &play{streams: []watch.Interface{stream(watch.Event{Type: watch.Error, Object: gone})}}
	if err := p.feed().follow(t.Context()); !apierrors.IsResourceExpired(err) {
		t.Errorf("ended with %v", err)
	}
}

// A stream that says an error is not over by that: the feed ends it.
func TestFeedLeavesNoStreamOpen(t *testing.T) {
	stream := watch.NewRaceFreeFake()
	stream.Error(&metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonExpired, Code: http.StatusGone})
	if _, err := (&play{}).feed().take(stream, "10"); !apierrors.IsResourceExpired(err) {
		t.Errorf("it ends with %v", err)
	}
	if !stream.IsStopped() {
		t.Error("the stream goes on")
	}
}

func TestFeedGivesUpOnlyWhatIsForbiddenFromTheFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		need  need
		read  bool
		err   error
		stays bool
	}{
		"forbidden, helpful":            {helpful, false, apierrors.NewForbidden(corev1.Resource("events"), "", nil), false},
		"forbidden, may be":             {permitted, false, apierrors.NewForbidden(corev1.Resource("events"), "", nil), false},
		"forbidden, needed":             {required, false, apierrors.NewForbidden(corev1.Resource("pods"), "", nil), true},
		"forbidden after it was read":   {permitted, true, apierrors.NewForbidden(corev1.Resource("events"), "", nil), true},
		"forbidden by a gateway's page": {permitted, false, gatewaysNo(), true},
		"failed, helpful":               {helpful, false, apierrors.NewInternalError(io.EOF), true},
		"failed, may be forbidden":      {permitted, false, apierrors.NewInternalError(io.EOF), true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			p := &play{}
			f := p.feed()
			f.need, f.read = tt.need, tt.read
			f.source.list = func(context.Context, metav1.ListOptions) (runtime.Object, error) {
				if p.lists++; p.lists == 2 {
					cancel()
				}
				return nil, tt.err
			}
			f.run(ctx)
			if stayed := p.lists == 2; stayed != tt.stays {
				t.Errorf("listed %d times", p.lists)
			}
			cancel()
		})
	}
}

// gatewaysNo is how client-go tells of an answer whose body is no Status.
func gatewaysNo() error {
	return apierrors.NewGenericServerResponse(http.StatusForbidden, "get", corev1.Resource("claims"), "", "<html>blocked</html>", 0, true)
}
