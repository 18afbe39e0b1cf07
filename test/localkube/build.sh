#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh OUTPUT FLAG...: builds localkube, and shows that something moves
# while that takes long: a first build compiles all of Kubernetes.
set -eu

output=$1
shift
cd "$(dirname "$0")"
mkdir -p "$(dirname "$output")"

# With -v the go command names a package when it begins with it.
packages=$(mktemp)

tell() {
	seconds=0
	told=no
	while sleep 1; do
		seconds=$((seconds + 1))
		count=$(wc -l <"$packages")
		if [ "$told" = no ] && [ "$count" -gt 20 ]; then
			told=yes
			echo "building localkube: a first build compiles all of Kubernetes, 5 to 10 minutes on 2 cores; later ones take seconds"
		elif [ $((seconds % 15)) = 0 ]; then
			echo "building localkube: $seconds s, $((count)) packages, now $(tail -n 1 "$packages")"
		fi
	done
}

tell &
teller=$!
trap 'kill $teller; rm -f "$packages"' EXIT

if ! go build -v -o "$output.new" "$@" . 2>"$packages"; then
	tail -n 30 "$packages" >&2
	exit 1
fi
mv "$output.new" "$output"
