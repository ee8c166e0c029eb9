#!/bin/sh
# Requests a second of an engine beside nginx's with one worker, the same bytes, in alternating runs: server on core 0,
# wrk on core 1. SENDFILE=off (the default) is nginx's better setting for small files, on for large ones.
# Usage: yardstick.sh PROGRAM ENGINE BYTES SLICES [SECONDS] [ROUNDS]
set -eu
program=$1 engine=$2 bytes=$3 slices=$4 seconds=${5:-5} rounds=${6:-3}
dir=$(mktemp -d)
trap 'kill $(cat "$dir/nginx.pid" 2>/dev/null) $server 2>/dev/null; rm -rf "$dir"' EXIT
head -c "$bytes" /dev/zero | tr '\0' x >"$dir/body"
chmod 755 "$dir"
cat >"$dir/nginx.conf" <<CONF
worker_processes 1; worker_cpu_affinity 01; pid $dir/nginx.pid; error_log $dir/error.log; daemon on; user root;
events { worker_connections 1024; }
http { access_log off; sendfile ${SENDFILE:-off}; tcp_nodelay on; open_file_cache max=100; open_file_cache_valid 60s; keepalive_requests 100000000;
  default_type application/json; server { listen 127.0.0.1:18099; location / { root $dir; } } }
CONF
nginx -c "$dir/nginx.conf" -e "$dir/error.log"
# a session of its own, as the daemon has: the scheduler shares a busy machine out by session
setsid taskset -c 0 "$program" "$engine" 18098 "$bytes" "$slices" 1 >"$dir/ready" & server=$!
until grep -q ready "$dir/ready"; do :; done
rate() { taskset -c 1 wrk -t1 -c64 -d"${seconds}"s "http://127.0.0.1:$1/body" | awk '/Requests\/sec/ {print $2} /Non-2xx|Socket errors/ {print > "/dev/stderr"}'; }
for round in $(seq "$rounds"); do
  ours=$(rate 18098) theirs=$(rate 18099)
  echo "$engine $bytes bytes in $slices: $ours, nginx $theirs, ratio $(echo "$ours $theirs" | awk '{printf "%.2f", $1/$2}')"
done
