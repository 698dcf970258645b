#!/bin/sh
set -eu
exec cron -f
