// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

// sight knows which feeds a run cannot see by now. They are few and kept in the
// order in which they went down.
type sight struct {
	clock *serverClock
	bell  bell

	mu      sync.Mutex
	outages []outage
}

type outage struct {
	feedName string
	since    time.Time
	cause    error
}

// note takes the report of a feed. The time of an outage is that of its
// beginning, its cause the newest.
func (s *sight) note(feedName string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.bell.ring()
	for i := range s.outages {
		if s.outages[i].feedName != feedName {
			continue
		}
		if err == nil {
			s.outages = append(s.outages[:i], s.outages[i+1:]...)
		} else {
			s.outages[i].cause = err
		}
		return
	}
	if err != nil {
		s.outages = append(s.outages, outage{feedName, s.clock.Now(), err})
	}
}

// blind says what is out of sight, since when and why; "" for nothing.
func (s *sight) blind() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.outages) == 0 {
		return ""
	}
	var feedNames []string
	for _, o := range s.outages {
		feedNames = append(feedNames, o.feedName)
	}
	first := s.outages[0]
	return fmt.Sprintf("the watch of %s is down since %s: %v",
		strings.Join(feedNames, ", "), first.since.Format("15:04:05Z"), reason(first.cause))
}

// reason leaves out the address that a request went to, which is long and says
// nothing of why it did not arrive.
func reason(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}
