#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh OUTPUT FLAG...: builds localkube, and shows that something moves
# while it takes long: a first build compiles all of Kubernetes.
set -eu

output=$1
shift
cd "$(dirname "$0")"
mkdir -p "$(dirname "$output")"

compiled=$(mktemp)
trap 'rm -f "$compiled" "$compiled.end"' EXIT

# With -v the go command names a package when it begins with it.
(
	go build -v -o "$output.new" "$@" . 2>"$compiled" || echo failed >"$compiled.end"
	echo done >>"$compiled.end"
) &

seconds=0
while [ ! -s "$compiled.end" ]; do
	sleep 1
	seconds=$((seconds + 1))
	if [ "$seconds" = 5 ]; then
		echo "building localkube: the first time this compiles all of Kubernetes, 5 to 10 minutes on 2 cores; later it takes seconds"
	elif [ $((seconds % 15)) = 0 ]; then
		echo "  $seconds s, $(wc -l <"$compiled") packages, now $(tail -n 1 "$compiled")"
	fi
done

if grep -q failed "$compiled.end"; then
	cat "$compiled" >&2
	exit 1
fi
mv "$output.new" "$output"
