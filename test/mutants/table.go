// SPDX-License-Identifier: Apache-2.0

package main

// mutant is one mistake: a piece of a file, and what stands there instead.
type mutant struct {
	name     string
	file     string
	old, new string
}

var mutants = []mutant{
	{
		"abort deletes any mismatched pod", "pkg/rollout/abort.go",
		"		if pod.Phase == Available {\n			continue\n		}\n		removable := pod.Phase == Pending || pod.Phase == Starting || pod.Phase == Failing",
		"		if s.onLive(pod) {\n			continue\n		}\n		removable := true",
	},
	{
		"abort deletes a pod that is on the live template", "pkg/rollout/abort.go",
		`pod.UID == "" || s.onLive(pod) ||`, `pod.UID == "" ||`,
	},
	{
		"abort deletes below the partition", "pkg/rollout/abort.go",
		"int32(i) < s.Set.Partition.Index {", "int32(i) < 0 {",
	},
	{
		"abort deletes under Parallel", "pkg/rollout/abort.go",
		"return pod, s.Set.OrderedReady || pod.Phase == Failing", "return pod, true",
	},
	{
		"abort does not wait to be observed", "pkg/rollout/abort.go",
		"if unseen := s.unobserved(); len(unseen) > 0 {\n		return Plan{Hold: unseen}, nil", "if unseen := s.unobserved(); len(unseen) > 1 {\n		return Plan{Hold: unseen}, nil",
	},
	{
		"abort leaves what the partition rose above", "pkg/rollout/abort.go",
		"if at := g.partition(s); at.Index < s.Set.Boundary() {", "if at := g.partition(s); at.Index < 0 {",
	},
	{
		"abort ends before what came back has soaked", "pkg/rollout/abort.go",
		"live: s.Set.Boundary(), soak: g.Soak, completed: !twin", "live: s.Set.Boundary(), completed: !twin",
	},
	{
		"patience ignored", "pkg/rollout/failurepolicy.go",
		"VolumeMount, Sandbox, ContainerTerminated:\n		return p.Patience, true", "VolumeMount, Sandbox, ContainerTerminated:\n		return 0, true",
	},
	{
		"patience for ever", "pkg/rollout/failurepolicy.go",
		"return pod.Since.Add(limit)", "return pod.Since.Add(1000 * limit)",
	},
	{
		"partition is an ordinal, not an index", "pkg/rollout/set.go",
		"func (s Set) Boundary() int32 { return min(s.Partition.Index, s.Replicas) }",
		"func (s Set) Boundary() int32 { return max(0, min(s.Partition.Index-s.Start, s.Replicas)) }",
	},
	{
		"a pod's index forgets ordinals.start", "pkg/rollout/state.go",
		"index := int64(pod.Ordinal) - int64(s.Set.Start)", "index := int64(pod.Ordinal) - int64(s.Set.Start-s.Set.Start)",
	},
	{
		"a step lowers by one too many", "pkg/rollout/op.go",
		"next := at - min(stride, at-target)", "next := at - min(stride+1, at-target)",
	},
	{
		"a step goes beyond the count", "pkg/rollout/op.go",
		"next := at - min(stride, at-target)", "next := at - min(stride, at)",
	},
	{
		"rollingUpdate nil is taken for 0 at the end", "pkg/rollout/record.go",
		"return Partition{Nil: true}", "return Partition{}",
	},
	{
		"rollingUpdate nil is patched as if it were there", "pkg/cluster/patch.go",
		`return []operation{{"test", pathBlock, nil}, {"add", pathBlock, block(to)}}`,
		`return []operation{{"replace", pathBlock + "/partition", to.Index}}`,
	},
	{
		"stall clock runs during termination", "pkg/rollout/plan.go",
		`b.Rests, b.Message = s.until(pod.GraceEnds), "to be gone"`, `b.Message = "to be gone"`,
	},
	{
		"stall clock runs during a soak", "pkg/rollout/plan.go",
		`b.Rests, b.Message, b.Again = min(s.until(pod.soakEnds(proof)), proof), pod.proves(), pod.soakEnds(proof)`, `b.Message, b.Again = pod.proves(), pod.soakEnds(proof)`,
	},
	{
		"stall clock runs while out of sight", "pkg/rollout/stall.go",
		"	case c.dark:\n		c.blind += passed\n", "	case c.dark:\n		c.blind += passed\n		c.stalled += passed\n",
	},
	{
		"out of sight never ends", "pkg/rollout/stall.go",
		"case c.blind >= limit:", "case c.blind >= 1000*limit:",
	},
	{
		"a pod made anew is progress", "pkg/rollout/stall.go",
		"case score > c.best:", "case score != c.best:",
	},
	{
		"the soak is forgotten", "pkg/rollout/plan.go",
		"case !pod.Soaked(s.At, proof):", "case !pod.Soaked(s.At, 0):",
	},
	{
		"Ready is enough", "pkg/rollout/plan.go",
		"	case pod.Phase == Ready:\n		b.Rests, b.Message = min(s.until(pod.ReadyAt.Add(s.Set.minReady())), s.Set.minReady()), \"to be Ready for minReadySeconds\"\n	case pod.Phase != Available:", "	case pod.Phase != Available && pod.Phase != Ready:",
	},
	{
		"a stale pod does not hold the next", "pkg/rollout/plan.go",
		"case mustBeLive && !s.onLive(pod):", "case false:",
	},
	{
		"surplus pods do not hold a scale", "pkg/rollout/plan.go",
		"		blockers = append(blockers, s.going(pod))", "		_ = s.going(pod)",
	},
	{
		"the own partition comes back before the controller is done", "pkg/rollout/plan.go",
		"if len(blockers) == 0 && u.completed && s.Set.Current != s.Set.Update {", "if false {",
	},
	{
		"a canary begins on an unsettled set", "pkg/rollout/canary.go",
		"if !s.settled() && len(Failed(waits)) == 0 {", "if false {",
	},
	{
		"a sighting from before our write is acted upon", "pkg/rollout/decide.go",
		"if s.Set.Generation < l.Generation || older(s.Set.Version, l.Version) {", "if false {",
	},
	{
		"a blind run acts", "pkg/rollout/decide.go",
		`if s.Blind != "" {`, `if s.Blind == "never" {`,
	},
	{
		"a foreign write is driven over", "pkg/rollout/decide.go",
		`if changed == "" {`, `if len(changed) >= 0 {`,
	},
	{
		"a refusal after a write", "pkg/rollout/decide.go",
		"if !l.changed() || !errors.As(err, &r) {", "if !errors.As(err, &r) || l.Wrote || !l.Wrote {",
	},
	{
		"an answer that was lost ends the run", "pkg/rollout/drive.go",
		"case errors.Is(err, ErrMoved), errors.Is(err, ErrLost), errors.Is(err, ErrUnserved):", "case errors.Is(err, ErrMoved):",
	},
	{
		"a lost write is tried for ever", "pkg/rollout/drive.go",
		"if d.failures > mostFailures {", "if d.failures < 0 {",
	},
	{
		"an interrupt cuts the request under way", "pkg/rollout/drive.go",
		"longer, cancel := context.WithCancel(context.WithoutCancel(ctx))", "longer, cancel := context.WithCancel(ctx)",
	},
	{
		"record written in a second request", "pkg/cluster/patch.go",
		"	operations = append(operations, note(set, rollout.RecordKey, p.Record.String())...)",
		"	if p.Partition == nil && p.Replicas == nil {\n		operations = append(operations, note(set, rollout.RecordKey, p.Record.String())...)\n	}",
	},
	{
		"a step is not bound to the generation", "pkg/cluster/patch.go",
		"		{\"test\", \"/metadata/generation\", set.Generation},\n", "",
	},
	{
		"a step is not bound to the uid", "pkg/cluster/patch.go",
		"		{\"test\", \"/metadata/uid\", set.UID},\n", "",
	},
	{
		"a template does not go whole", "pkg/cluster/patch.go",
		`operation{"replace", pathTemplate,`, `operation{"add", pathTemplate + "/metadata",`,
	},
	{
		"a removal is not bound to the pod's version", "pkg/cluster/remove.go",
		"if len(dryRun) == 0 {", "if len(dryRun) > 0 {",
	},
	{
		"a conflict ends the run", "pkg/cluster/answer.go",
		"case status.Code == http.StatusConflict, status.Code == http.StatusNotFound:", "case status.Code == http.StatusNotFound:",
	},
	{
		"a server error is taken for a refusal", "pkg/cluster/answer.go",
		"case status.Code >= http.StatusInternalServerError, foreign(err):", "case status.Code == http.StatusBadGateway:",
	},
	{
		"a test that failed ends the run", "pkg/cluster/answer.go",
		"now.Generation != set.Generation ||", "",
	},
	{
		"a watch that ended is no outage", "pkg/cluster/feed.go",
		"		f.tell(errEnded)\n", "",
	},
	{
		"an error in a watch is passed over", "pkg/cluster/feed.go",
		"			return version, apierrors.FromObject(event.Object)", "			return version, nil",
	},
	{
		"pods that vanished meanwhile stay", "pkg/cluster/slots.go",
		"	s.byName = make(map[string]slot, len(objects))\n", "",
	},
	{
		"another pod of the same name is the same", "pkg/cluster/slots.go",
		"if had && old.uid != pod.UID {", "if had && old.uid == pod.UID {",
	},
	{
		"nothing is ever out of sight", "pkg/cluster/sight.go",
		"	if len(s.outages) == 0 {", "	if len(s.outages) >= 0 {",
	},
	{
		"a stream that is over is left open", "pkg/cluster/feed.go",
		"	defer drain(stream)\n", "",
	},
	{
		"an interrupted write is awaited for ever", "pkg/rollout/drive.go",
		"stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })", "stop := context.AfterFunc(ctx, func() {})",
	},
	{
		"a write whose answer was lost is forgotten", "pkg/rollout/drive.go",
		"if d.lost != nil && d.lost.storedIn(s) {", "if false {",
	},
	{
		"what stood before our write is progress after it", "pkg/rollout/drive.go",
		"	if d.lease.unseen(s) {", "	if false {",
	},
	{
		"a template is not bound to the current revision", "pkg/cluster/patch.go",
		`operation{"test", pathCurrent, revisionOf(set.Current)}, replace)`, "replace)",
	},
	{
		"the record of an earlier set counts", "pkg/rollout/memory.go",
		"|| r.UID != s.Set.UID || r.Gen > s.Set.Generation {", "|| r.Gen > s.Set.Generation {",
	},
	{
		"a record from the future counts", "pkg/rollout/memory.go",
		"r.UID != s.Set.UID || r.Gen > s.Set.Generation {", "r.UID != s.Set.UID {",
	},
	{
		"an open record of another rollout counts", "pkg/rollout/memory.go",
		"if !r.holds() || r.ToDigest != s.Set.Template && r.From != s.Set.Current {", "if !r.holds() {",
	},
	{
		"abort goes back to what the status calls current", "pkg/rollout/memory.go",
		"if r := s.rollout(); r != nil {", "if r := s.rollout(); r != nil && r.From == name {",
	},
	{
		"a volume is released before it is retained", "pkg/cluster/carryout.go",
		"	if s.RetainsFirst() {", "	if s.RetainsFirst() && s.Action == volume.Create {",
	},
	{
		"delete leaves the retention policy as it is", "pkg/rollout/delete.go",
		"	if s.Set.Retention.normal() == retain {", "	if s.Set.Retention.normal() == retain || true {",
	},
	{
		"delete leaves claims to their owners", "pkg/rollout/delete.go",
		"if len(held) > 0 && !claim.Terminating", "if len(held) > 1 && !claim.Terminating",
	},
	{
		"delete destroys claims unasked", "pkg/rollout/delete.go",
		"	if g.Claims != ClaimsDeleted {\n		return nil", "	if g.Claims == ClaimsDeleted {\n		return nil",
	},
	{
		"delete lets an ordinal go while another is going", "pkg/rollout/delete.go",
		"		blockers = append(blockers, s.going(pod))", "		_ = s.going(pod)",
	},
	{
		"delete lets two ordinals go at once", "pkg/rollout/delete.go",
		"next, why, until := at-1,", "next, why, until := max(at-2, 0),",
	},
	{
		"delete waits for a broken ordinal", "pkg/rollout/delete.go",
		"if obstructed && low < next {", "if obstructed && low < 0 {",
	},
	{
		"the set goes before its pods", "pkg/rollout/delete.go",
		"	if s.Set.Counted == 0 || len(s.Surplus) > 0 {", "	if true {",
	},
	{
		"apply lets the partition fall", "pkg/manifest/body.go",
		"		partition,\n", "",
	},
	{
		"apply leaves out a claimRef", "pkg/manifest/body.go",
		"case asked == nil && has == nil:", "case asked == nil:",
	},
	{
		"apply rolls over a canary", "pkg/rollout/apply.go",
		"s.twoRevisions() && (differs && !g.corrects(s) || !differs && s.Set.Partition.Index > 0):", "s.twoRevisions() && differs && s.Set.Partition.Index > 7:",
	},
	{
		"apply lets two go at first", "pkg/rollout/apply.go",
		"first := max(s.Set.Replicas-stride, 0)", "first := max(s.Set.Replicas-stride-1, 0)",
	},
	{
		"apply ends a record in between", "pkg/rollout/apply.go",
		"if i == len(steps)-1 || step.Change.Set == nil || step.Change.Set.writesSpec() {", "if i <= len(steps)-1 || step.Change.Set == nil || step.Change.Set.writesSpec() {",
	},
	{
		"a new set shares the claims of another", "pkg/rollout/arrival.go",
		"cmp.Or(a.claimed(), a.doomed(), ", "cmp.Or(a.doomed(), ",
	},
	{
		"a scale-up shares the claims of another", "pkg/rollout/share.go",
		"cmp.Or(a.claimed(), a.mounted())", "a.mounted()",
	},
	{
		"a scale-up shares a claim with a pod", "pkg/rollout/share.go",
		"cmp.Or(a.claimed(), a.mounted())", "a.claimed()",
	},
	{
		"who only reads a claim is refused as who writes", "pkg/rollout/share.go",
		"!slices.Contains(pod.ReadOnly, claimName))", "true)",
	},
	{
		"a reader shares a claim that is for a single pod", "pkg/rollout/share.go",
		"case has(corev1.ReadWriteOncePod):", "case writes && has(corev1.ReadWriteOncePod):",
	},
	{
		"a device is taken for a mount that only reads", "pkg/rollout/lookmount.go",
		"return d.Name == volumeName", "return false",
	},
	{
		"a provisioner that has just been asked is told of", "pkg/volume/provisioning.go",
		"case s.Waited >= answersWithin:", "case s.Waited > 0:",
	},
	{
		"delete takes an ordinal away whose claim is Lost without a word", "pkg/plugin/delete.go",
		"\ti.tellsOfLost(o)\n", "",
	},
	{
		"delete destroys claims in use", "pkg/rollout/delete.go",
		"if err := g.unused(s, doomed); err != nil ||", "if err := g.unused(s, nil); err != nil ||",
	},
	{
		"a new set shares a claim with a pod", "pkg/rollout/share.go",
		"!comes || pod.Over || pod.Bond == Parting ||", "!comes || pod.Over || pod.Bond != Squatting ||",
	},
	{
		"a new set loses its claims to an earlier one", "pkg/rollout/arrival.go",
		"a.doomed(), ", "",
	},
	{
		"a new set rolls the orphans of another template", "pkg/rollout/arrival.go",
		"known && revision.Digest != a.Set.Template", "known && revision.Digest == \"\"",
	},
	{
		"a new set takes orphans away", "pkg/rollout/arrival.go",
		"case !a.Set.InRange(pod.Ordinal):", "case pod.Ordinal < 0:",
	},
	{
		"apply refuses a conflict with itself", "pkg/cluster/serverside.go",
		"	return p.Object.Foreign(contested(err))", "	return contested(err)",
	},
	{
		"apply makes a set that somebody has deleted", "pkg/plugin/applyguard.go",
		"	if p.Made() || p.Live.GetUID() != a.outcome.First.Set.UID {", "	if p.Live != nil && p.Live.GetUID() != a.outcome.First.Set.UID {",
	},
	{
		"a write that was sent again is another's", "pkg/cluster/sendings.go",
		"number > 1 && errors", "number > 100 && errors",
	},
	{
		"nothing follows a write whose answer was lost", "pkg/rollout/drive.go",
		"		s := d.look(ctx)\n		if err := d.follow(ctx, s); err != nil {", "		s := d.look(ctx)\n		if err := error(nil); err != nil {",
	},
	{
		"abort to a twin lowers a partition above all", "pkg/rollout/abort.go",
		"case g.Twin && at.Index < lowest:", "case g.Twin && at.Index != lowest:",
	},
	{
		"a nudge is progress", "pkg/rollout/nudge.go",
		"d.lease.Version, d.lease.Noted = set.Version, true\n", "d.lease.Version, d.lease.Noted, d.clock = set.Version, true, stallClock{}\n",
	},
	{
		"nudged while a pod starts", "pkg/rollout/plan.go",
		`"to be Available", pod.Phase == Absent`, `"to be Available", true`,
	},
	{
		"written on before a nudge is seen", "pkg/rollout/decide.go",
		"if s.Set.Generation < l.Generation || older(s.Set.Version, l.Version) {", "if s.Set.Generation < l.Generation {",
	},
	{
		"a nudge that is refused ends the run", "pkg/rollout/drive.go",
		"			return d.nudge(ctx, s, decision.Wait)", "			return d.act(ctx, s, Change{Nudge: &Nudge{At: s.At}})",
	},
	{
		"an old denial is never told", "pkg/rollout/absent.go",
		"case fresh, !s.At.Before(told):", "case fresh:",
	},
	{
		"a denial is a verdict at once", "pkg/rollout/absent.go",
		"fails = first.Add(deniedFor)", "fails = first",
	},
	{
		"an old denial is a verdict", "pkg/rollout/absent.go",
		"if fresh && denials[0].At.After(s.written().Truncate(time.Second)) {", "if true {",
	},
	{
		"a pod that is over was on its way all along", "pkg/rollout/lookpod.go",
		"	if isOver(pod) {\n		since = overSince(pod)", "	if false {\n		since = overSince(pod)",
	},
	{
		"a denial of the second of the write is a verdict", "pkg/rollout/absent.go",
		" && denials[0].At.After(s.written().Truncate(time.Second))", "",
	},
	{
		"who runs a command again is not given a try", "pkg/rollout/drive.go",
		"	s = d.lease.Reprieve(d.goal, s)\n", "",
	},
	{
		"nudged while pods come and go", "pkg/rollout/nudge.go",
		"pods != n.pods {", "false && pods != n.pods {",
	},
	{
		"the own partition of a broken set is a guess", "pkg/rollout/memory.go",
		", s.Set.Partition.Index >= s.Set.Replicas, !s.twoRevisions():", ", s.Set.Partition.Index >= s.Set.Replicas:",
	},
	{
		"an undo leaves its broken ordinal behind", "pkg/rollout/abort.go",
		"!rolls && (s.beingDeleted() != nil || !s.leftBehind()):", "!rolls:",
	},
	{
		"abort is named for a stable ordinal", "pkg/rollout/abort.go",
		"|| slices.ContainsFunc(broken, blamed)", "|| slices.ContainsFunc(broken, blamed) || true",
	},
	{
		"a write beside the loop is not awaited", "pkg/rollout/drive.go",
		"	d.lease.left(o.Version)\n", "",
	},
	{
		"what an apply has brought is not waited for", "pkg/rollout/mend.go",
		"return Decision{Wait: failed.Blockers, Again: until}, s.At.Before(until)", "return Decision{Wait: failed.Blockers, Again: until}, false",
	},
	{
		"pods that end again and again pass", "pkg/rollout/ending.go",
		"return e.Row > mostEndings && (", "return e.Row > mostEndings+9 && (",
	},
	{
		"an end that was asked for counts", "pkg/rollout/ending.go",
		"isOver(pod) && !e.Asked && ", "isOver(pod) && ",
	},
	{
		"an end that somebody else has made counts", "pkg/rollout/ending.go",
		"return reason != evicted && (", "return reason == evicted && (",
	},
	{
		"settled while it soaks", "pkg/rollout/word.go",
		"case s.settled() && s.steady():", "case s.settled():",
	},
	{
		"one wrong Date header moves the clock", "pkg/cluster/clock.go",
		"if n > most || n == most && within.low < agreed.low {", "if n > 0 && (most == 0 || within.low > agreed.low) {",
	},
	{
		"apply arms the pods that go", "pkg/rollout/apply.go",
		"if !g.turnsDeleting(s) || len(s.Surplus) == 0 {", "if !g.turnsDeleting(s) || len(s.Surplus) >= 0 {",
	},
	{
		"the own partition forgotten when somebody scales", "pkg/rollout/memory.go",
		"	left.Replicas = s.Set.Replicas\n	return r.holds()", "	return r.holds()",
	},
	{
		"a scale before the own partition is back", "pkg/rollout/scale.go",
		"	case owes != nil:", "	case owes != nil && s.Set.Replicas < 0:",
	},
	{
		"a cordoned node is for any pod", "pkg/cluster/maintenance.go",
		"asked && !slices.ContainsFunc(places, elsewhere)", "(asked || slices.ContainsFunc(places, elsewhere))",
	},
	{
		"an ordinal whose claim is Lost is replaced", "pkg/rollout/lostclaim.go",
		"if len(suspects) == 0 {\n		return nil", "if len(suspects) >= 0 {\n		return nil",
	},
	{
		"only the first step is looked at for claims that are Lost", "pkg/rollout/decide.go",
		"if l.Wrote {\n		return p.Steps[:min(len(p.Steps), 1)]", "if l.Wrote || len(p.Steps) > 0 {\n		return p.Steps[:min(len(p.Steps), 1)]",
	},
	{
		"only the first step is looked at for claims that are being deleted", "pkg/rollout/decide.go",
		"s.sparesAll(g, l.ahead(plan))", "s.sparesAll(g, plan.Steps[:1])",
	},
	{
		"a set is made whose template names a claim that is Lost", "pkg/rollout/stopclaim.go",
		"named && (claim.Lost || claim.Terminating)", "named && claim.Terminating",
	},
	{
		"a claim that is being deleted is kept by a pod that goes", "pkg/rollout/spare.go",
		"&& !s.lets(p, int32(i), pod)", "&& int32(i) >= 0",
	},
	{
		"claims that only the template names are not seen", "pkg/cluster/open.go",
		"scene.set.MountsClaims()", "len(scene.set.ClaimTemplates) > 0",
	},
	{
		"a set with more wrong than doubled keys is created", "pkg/cluster/post.go",
		"if !strings.Contains(part, doubled) {", "if !strings.Contains(part, \"\") {",
	},
	{
		"a set that another made is taken for created by post", "pkg/cluster/post.go",
		"if apierrors.IsAlreadyExists(err) {", "if apierrors.IsAlreadyExists(err) {\n		return p.Live, nil\n	}\n	if false {",
	},
	{
		"a template that is written whole takes what another manager has", "pkg/cluster/post.go",
		"case p.taking != Force:", "case false:",
	},
	{
		"a broken pod is removed though nobody asked", "pkg/rollout/replace.go",
		"if pod, ok := s.stuck(); ok && r.removes && ", "if pod, ok := s.stuck(); ok && ",
	},
	{
		"what is replaced is below the count", "pkg/rollout/replace.go",
		"index >= r.target && (pod.UID", "index >= 0 && (pod.UID",
	},
	{
		"a broken ordinal is replaced by what it failed of", "pkg/rollout/replace.go",
		" && !s.sameDigest(s.carries(pod, index), digest)\n}", "\n}",
	},
	{
		"a broken ordinal is replaced though its template has no room", "pkg/rollout/replace.go",
		"	if err := s.noRoomFor(template); err != nil {\n		return early{}, err\n	}\n", "",
	},
	{
		"a pod that is in nobody's way has no room", "pkg/rollout/room.go",
		"nodes == 0 || nodes > len(taken) ||", "nodes == 0 ||",
	},
	{
		"replacing lets more go than a step under Parallel", "pkg/rollout/replace.go",
		"e.back == 0 || released <= r.stride", "e.back == 0 || released > 0",
	},
	{
		"the others follow a broken ordinal", "pkg/rollout/replace.go",
		"return to, to > s.Set.Boundary()", "return to, false",
	},
	{
		"a removed pod comes back on its old revision", "pkg/rollout/replace.go",
		"if !s.Set.Partition.Nil || s.same", "if s.Set.Generation > 0 || s.same",
	},
	{
		"the pod of an ordinal is removed for ever", "pkg/rollout/removedagain.go",
		"d.removed[change.Pod.PodName] < mostRemovals", "d.removed[change.Pod.PodName] < 2*mostRemovals",
	},
	{
		"a set that went back is waited for", "pkg/rollout/lease.go",
		"if set.Generation >= l.Seen.Generation && !older(set.Version, l.Seen.Version) {", "if set.Generation >= 0 {",
	},
	{
		"the template is what the dry run said", "pkg/rollout/answered.go",
		"r.Gen != s.Set.Generation || r.ToDigest == s.Set.Template {", `r.Gen != s.Set.Generation || r.ToDigest != "" {`,
	},
	{
		"a template is as a later generation has it", "pkg/rollout/answered.go",
		"if r == nil || r.Gen != s.Set.Generation ||", "if r == nil ||",
	},
	{
		"what was stored is not noted", "pkg/rollout/decide.go",
		"if change, due := s.notes(l); due {", `if change, due := s.notes(l); due && l.UID == "" {`,
	},
	{
		"a volume whose answer was lost is made again", "pkg/cluster/carryout.go",
		"case shows(now, s):", `case shows(now, s) && s.Claim.Name == "-":`,
	},
	{
		"a volume that was not let go counts as such", "pkg/cluster/carryout.go",
		"now.Spec.ClaimRef.UID == s.Before.Spec.ClaimRef.UID {", `now.Spec.ClaimRef.UID == "-" {`,
	},
	{
		"a write beside the loop is made once", "pkg/cluster/retry.go",
		"return verdict == lost || verdict == unserved", "return verdict == lost && verdict == unserved",
	},
	{
		"a nudge changes nothing", "pkg/rollout/lease.go",
		"return l.Wrote || l.Noted", "return l.Wrote",
	},
	{
		"a nudge whose answer was lost was not made", "pkg/rollout/nudge.go",
		"errors.Is(err, ErrLost), ctx.Err() != nil:\n		d.lease.Noted = true", "errors.Is(err, ErrLost), ctx.Err() != nil:\n		d.lease.Noted = d.lease.Noted || false",
	},
	{
		"claims of whom nothing tells are the set's", "pkg/rollout/claimlabels.go",
		"own = labels.Nothing()", "own = labels.Everything()",
	},
	{
		"expressions of a selector tell nothing of claims", "pkg/rollout/claimlabels.go",
		"named[expression.Key] = value", "_ = value",
	},
	{
		"only pods with the labels are in the way of a new set", "pkg/cluster/arrival.go",
		`listed(sourceOf(c.core.Pods(c.namespaceName), "", ""), &pods)`, `listed(sourceOf(c.core.Pods(c.namespaceName), s.selector, ""), &pods)`,
	},
	{
		"a pod that does not last needs no proof", "pkg/rollout/plan.go",
		"s.again(pod)}, pod.proof(u.soak)", "s.again(pod)}, u.soak",
	},
	{
		"a run knows nothing of what ended before it", "pkg/cluster/open.go",
		"	r.recall(ctx)\n", "",
	},
	{
		"a write of the partition forgets how the pods have done", "pkg/rollout/memory.go",
		"		p.Record.Since = s.askedSince()\n", "		p.Record.Since = s.At\n",
	},
	{
		"a template is told to mend what lacks a volume", "pkg/rollout/volumeless.go",
		"return way, true", "return way, false",
	},
	{
		"a set whose volume the scheduler refuses lacks one", "pkg/rollout/volumeless.go",
		` && pod.Cause.Scheduler == ""`, "",
	},
	{
		"what is denied to the user is denied to the controller", "pkg/plugin/inspectserver.go",
		"return err != nil && isDenial(err), nil", "return false, nil",
	},
	{
		"an overlay makes anew what was restarted", "pkg/manifest/overlay.go",
		"return over, setUnder(over.Object, restarted, restartedAt)", "_ = restarted\n	return over, err",
	},
	{
		"a newer server's defaults are another rollout", "pkg/rollout/memory.go",
		`update != "" && (update == r.ToDigest || update == r.Asked)`, "update == r.ToDigest",
	},
	{
		"a Service may leave the pods that are there", "pkg/needs/cutoff.go",
		"case !selects(after, pods):", "case !selects(after, pods) && !selects(live, pods):",
	},
	{
		"a write that admission changes the template with is followed by the next", "pkg/rollout/drive.go",
		"if rewrote != nil {", "if rewrote != nil && d.options.Run == \"\" {",
	},
	{
		"a write that is stored with another spec is followed by the next", "pkg/rollout/admission.go",
		"change, after); len(fields) > 0 {", "change, after); len(fields) > 9 {",
	},
	{
		"a nudge that makes ordinals anew is made", "pkg/cluster/apply.go",
		"err == nil && admitted.Generation != set.Generation {", `err == nil && admitted.Generation != set.Generation && set.UID == "" {`,
	},
	{
		"an abort restarts what never left, where admission rewrites", "pkg/rollout/abort.go",
		" || g.Rewrites && !s.KeepsTemplate()", "",
	},
	{
		"what the dry run foretold of a twin counts", "pkg/rollout/abort.go",
		"twin := s.Set.Update != g.Stable.Name", "twin := g.Twin || s.Set.Update != g.Stable.Name",
	},
	{
		"the rest of a file makes a generation before the template is noted", "pkg/rollout/drive.go",
		"|| d.unnoted(s, *change) {", "{",
	},
	{
		"a template that is stored as it was is written again", "pkg/rollout/answered.go",
		"s.answered(r) == r && r.Gen <= s.Set.Generation", "s.answered(r) == r",
	},
	{
		"a run that may be there is taken for cut", "pkg/rollout/unfinished.go",
		"return s.At.Sub(r.At) >= recordRests && word", "return word",
	},
	{
		"what cuts a delete in two goes without a word", "pkg/rollout/severed.go",
		"case r.Op == opDelete && (found", "case r.Op == opAbort && (found",
	},
	{
		"a scale that somebody has changed is gone on with", "pkg/rollout/unfinished.go",
		" || r.Replicas != s.Set.Replicas {", " {",
	},
	{
		"we are told as who has changed our template", "pkg/rollout/managed.go",
		"oursLast(a)-oursLast(b)", "0",
	},
	{
		"a quota is the template's fault", "pkg/rollout/pod.go",
		" && !notOfTemplate[p.Cause.ID]", "",
	},
	{
		"check does not ask the goal of an apply", "pkg/plugin/checkapply.go",
		"_, err = a.decided()\n	return err", "_, _ = a.decided()\n	return nil",
	},
	{
		"what no template mends is replaced", "pkg/rollout/replace.go",
		"pod.Phase == Failing && pod.FailsOfTemplate() && index", "pod.Phase == Failing && index",
	},
	{
		"a rollout that is on its way goes unwatched", "pkg/rollout/op.go",
		"case waits && !s.Stalled && len(s.broken()) == 0:", "case false:",
	},
	{
		"who brings the stable template is told to promote", "pkg/rollout/op.go",
		"if err == nil && aborts && s.sameDigest(stable", "if err == nil && !aborts && s.sameDigest(stable",
	},
	{
		"an abort is named again for what nobody makes", "pkg/rollout/abort.go",
		"s.AbortedInVain() || s.abortedUnmade()", "s.AbortedInVain()",
	},
	{
		"a scale takes away what stands during an abort", "pkg/rollout/unmade.go",
		"!g.Applies && to <= g.To && ", "!g.Applies && to >= 0 && ",
	},
	{
		"a scale of what cannot be made forgets the abort", "pkg/rollout/unmade.go",
		"record := *s.changing()", "record := g.record(s)",
	},
	{
		"two that make a set at once both write", "pkg/cluster/serverside.go",
		"if !p.Made() || p.Object.Kind != manifest.Set {", "if p.Object.Kind != \"\" {",
	},
	{
		"what is live by the first look is what was made", "pkg/plugin/applycreate.go",
		"if err := a.outcome.First.Since(left); err != nil {", "if err := a.outcome.First.Since(a.outcome.First.Set); err != nil {",
	},
}
