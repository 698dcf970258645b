#!/bin/sh
set -eu
[ -f /etc/tinyproxy/tinyproxy.conf ] || cp /etc/tinyproxy/tinyproxy.default.conf /etc/tinyproxy/tinyproxy.conf
exec tinyproxy -d
