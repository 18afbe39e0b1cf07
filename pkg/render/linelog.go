// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// heartbeat: a log that says nothing for longer looks like a job that hangs.
const heartbeat = 30 * time.Second

// lineLog tells a run to a log: a line for every change, each with its own full
// timestamp, since logs are cut, searched and merged.
type lineLog struct {
	mutex  sync.Mutex
	out    io.Writer
	lines  io.Writer // the same, for what may be left out
	style  Style
	header Header

	carried map[int32]string // ordinal -> the revision on which it was Available last
	advised map[string]bool  // pod and cause for which the details were told
	waits   []rollout.Blocker
	since   time.Time // when what is awaited first became so
	spoke   time.Time // when the last line was written
	buffer  strings.Builder
}

// Beat implements Progress.
func (p *lineLog) Beat() time.Duration { return heartbeat }

// Close implements Progress.
func (p *lineLog) Close() {}

// Write implements Progress.
func (p *lineLog) Write(text []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.out.Write(text)
}

// Report implements Progress.
func (p *lineLog) Report(s rollout.State, events []rollout.Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.carried == nil {
		p.begin(s)
	}
	for _, h := range happenings(events) {
		p.ordinals(s, h)
	}
	for _, e := range events {
		p.other(s, e)
	}
	if p.buffer.Len() == 0 && s.At.Sub(p.spoke) >= heartbeat {
		p.stillWaiting(s)
	}
	if p.buffer.Len() > 0 {
		p.spoke = s.At
		fmt.Fprint(p.lines, p.buffer.String())
		p.buffer.Reset()
	}
}

func (p *lineLog) say(at time.Time, text string) {
	fmt.Fprintf(&p.buffer, "%s %s\n", at.UTC().Format(time.RFC3339), text)
}

// begin tells where the run starts.
func (p *lineLog) begin(s rollout.State) {
	p.advised = map[string]bool{}
	p.carried = make(map[int32]string, len(s.Pods))
	for _, pod := range s.Pods {
		p.carried[pod.Ordinal] = pod.Revision
	}
	p.say(s.At, sentenceOf(p.style, 0, heading(p.header, s)))
	for _, i := range told(s.Pods) {
		pod := s.Pods[i]
		p.say(s.At, p.about(pod.Name, pod.Phase, string(pod.Phase)+": "+causeText(pod.Cause)))
		p.advise(s, pod.Name, pod.Cause)
	}
}

func (p *lineLog) about(who string, phase rollout.Phase, text string) string {
	word, rest := text, ""
	if at := strings.IndexAny(text, " :,"); at > 0 {
		word, rest = text[:at], text[at:]
	}
	return Escape(who) + "  " + p.style.paint(toneOfPhase(phase), Escape(word)) + Escape(rest)
}

func (p *lineLog) ordinals(s rollout.State, h happening) {
	if h.isMany() {
		first := h.events[0]
		who := fmt.Sprintf("%s ordinals", grouped(len(h.events)))
		p.say(s.At, p.about(who, first.Phase, sentence(first, p.was(first), s)+" ("+span(h.events)+")"))
		p.advise(s, first.PodName, first.Cause)
	} else {
		for _, e := range h.events {
			p.say(s.At, p.about(e.PodName, e.Phase, sentence(e, p.was(e), s)))
			p.advise(s, e.PodName, e.Cause)
		}
	}
	for _, e := range h.events {
		if e.Phase == rollout.Available {
			p.carried[e.Ordinal] = e.Revision
		}
	}
}

// was is the revision on which the ordinal was Available last.
func (p *lineLog) was(e rollout.Event) string { return p.carried[e.Ordinal] }

// advise tells the log line and the remedy of a cause, once for each ordinal.
func (p *lineLog) advise(s rollout.State, podName string, c rollout.Cause) {
	key := podName + " " + string(c.ID)
	if c.ID == "" || p.advised[key] {
		return
	}
	p.advised[key] = true
	c.Message = "" // told already
	for _, text := range details(s.Set, podName, c) {
		p.say(s.At, Escape(podName)+"    "+text)
	}
}

// other tells what is not about an ordinal, and notes what is awaited.
func (p *lineLog) other(s rollout.State, e rollout.Event) {
	switch e.Type {
	case rollout.WriteEvent:
		p.waits = nil
		if e.Change != nil {
			p.say(s.At, Escape(changeText(*e.Change, s.Set.Spec)))
		}
	case rollout.WaitEvent:
		if !sameWait(p.waits, e.Blockers) {
			p.since = s.At
		}
		p.waits = e.Blockers
	}
	for _, text := range remarks(p.style, []rollout.Event{e}) {
		p.say(s.At, text)
	}
}

// sameWait: the same thing is awaited, whatever its message says by now.
func sameWait(a, b []rollout.Blocker) bool {
	return len(a) > 0 && len(b) > 0 && a[0].PodName == b[0].PodName && a[0].Message == b[0].Message
}

// stillWaiting is the heartbeat.
func (p *lineLog) stillWaiting(s rollout.State) {
	text := sentenceOf(p.style, 0, heading(p.header, s))
	if len(p.waits) > 0 {
		text = fmt.Sprintf("still %s (%s)", Escape(waitText(p.waits)), age(p.since, s.At))
	}
	p.say(s.At, text)
}

// waitText is what is awaited, in one line.
func waitText(blockers []rollout.Blocker) string {
	text := blockers[0].String()
	if more := len(blockers) - 1; more > 0 {
		text += fmt.Sprintf("; and %s more", grouped(more))
	}
	return text
}
