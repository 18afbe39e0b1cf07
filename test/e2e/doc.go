// SPDX-License-Identifier: Apache-2.0

// Package e2e plays the commands against a real control plane, through the real
// kubectl, and asserts what a user sees: exit codes, results, and what became
// of the pods.
//
// A scenario is a script in testdata; its first line says its one intent.
// Those in scenarios run beside each other, each in a namespace of its own.
// Those in alone stop parts of the control plane, or count on nobody else being
// there, and run one after the other.
//
// Scripts never sleep. They wait with kubectl, with a command under test, or
// with await, all of which watch; for a policy with denied, since nothing tells
// when it is in force. Beside the commands of testscript they have:
//
//	set NAME [key=value ...]        make a StatefulSet, and wait until it stands (see set_test.go)
//	exits CODE CMD ...              run, and assert the exit code
//	unchanged NAME exits CODE ...   the same, and the set and its pods are as they were
//	start JOB CMD ...               run in the background
//	says JOB PATTERN                wait until the job's output matches
//	signal JOB INT|TERM|HUP|KILL    send a signal
//	ends JOB CODE                   wait for its end, and assert the exit code
//	cut before|stored|after N CMD ...  run, and kill -9 at its Nth write (see wire_test.go)
//	amid before|stored N CODE OTHER ... -- CMD ...  run, and run another command at its Nth write (see wire_test.go)
//	faulty FILE CODE CMD ...        run over a proxy that plays a schedule of faults, and assert the exit code (see faulty_test.go)
//	costs 'KIND=N ...' CMD ...      run over the proxy, and assert how many requests it made
//	kapp FILE [PATH ...]            deploy a set by the requests of kapp, whose rebase rules keep what is at the paths (see kapp_test.go)
//	hold POD                        keep the pod from being gone when it is deleted
//	release POD                     let it go
//	wire down|up                    take the API away from what uses $WIRE as its kubeconfig
//	pods NAME TAG ...               assert the pods in order of ordinals (see look_test.go)
//	spec NAME field=value ...       assert fields of the set
//	denied FILE PATTERN             wait until the server refuses to make what the file has
//	await pods|spec ...             wait until the assertion holds
//	remember NAME                   remember the pods
//	restarted NAME [ORDINAL ...]    assert that these and no others were replaced since
//	json FILE PATH VALUE            assert what a JSONPath finds in a document
//	events FILE                     assert a stream of events that ends in a result, and keep that in result.json
//
// After exits, ends, cut, faulty and costs, the commands stdout and stderr match the output.
package e2e
