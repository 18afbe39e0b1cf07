// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Notes and warnings are events of the stream, also before the set was seen.
func TestStreamTellsRemarks(t *testing.T) {
	var out strings.Builder
	stream := NewStream(&out, "web")
	stream.In("shop")
	stream.Remark(rollout.WarningEvent, "this image is not signed")
	stream.Report(newScene(t, 3).canary(3).state(), nil)
	stream.Remark(rollout.NoteEvent, "going on")
	out.Write(stream.Left(3))
	var told []string
	for line := range strings.Lines(out.String()) {
		var e RolloutEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if len(told) == 0 && time.Since(e.Time.Time) < time.Hour { // by our own clock, there is no other yet
			e.Time.Time = noon()
		}
		told = append(told, strings.Join([]string{e.Kind, string(e.Type), e.Name, string(e.State), e.Time.UTC().Format(time.TimeOnly), e.Message}, "|"))
		if len(told) == 1 && e.Namespace != "shop" {
			t.Errorf("of namespace %q", e.Namespace)
		}
	}
	want := []string{
		"RolloutEvent|Warning|web||12:00:00|this image is not signed",
		"RolloutEvent|Note|web|paused|12:00:00|going on",
		"RolloutEvent|Note|web|paused|12:00:00|3 events left out here: the reader is too far behind",
	}
	if got := strings.Join(told, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("told\n%s", got)
	}
}
