#!/bin/sh
# Refuses to start with a password that everybody knows, then becomes the server.
#
#   RABBITMQ_DEFAULT_USER, RABBITMQ_DEFAULT_PASS   the first start makes this account; there is no default
#   RABBITMQ_DEFAULT_VHOST                         default: /
set -eu

if [ "${1:-rabbitmq-server}" = rabbitmq-server ]; then
  for name in RABBITMQ_DEFAULT_USER RABBITMQ_DEFAULT_PASS; do
    if [ -z "$(printenv "$name")" ]; then
      echo "entrypoint: $name is not set, and there is no default" >&2
      exit 1
    fi
  done
fi
exec "$@"
