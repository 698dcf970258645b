#!/bin/sh
exec "/usr/lib/rabbitmq/bin/$(basename "$0")" "$@"
