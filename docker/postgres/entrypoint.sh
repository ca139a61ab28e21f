#!/bin/sh
# Makes the cluster at the first start, then becomes the server.
#
#   POSTGRES_PASSWORD   the superuser's password; needed at the first start, there is no default
#   POSTGRES_USER       the superuser; default: postgres
#   POSTGRES_DB         a database to make, which is also pg_cron's; default: as POSTGRES_USER
#
# Arguments after `postgres` go to the server: docker run ... postgres -c shared_buffers=2GB
set -eu

if [ "${1:-postgres}" != postgres ]; then
  exec "$@"
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ ! -e "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "entrypoint: POSTGRES_PASSWORD is not set, and there is no default" >&2
    exit 1
  fi

  # Made beside its place and moved there when it is whole: a first start that is killed is done again by the next.
  new=$PGDATA.new
  rm -rf "$new"
  (umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password)
  initdb --pgdata="$new" --username="$user" --pwfile=/tmp/password \
    --auth-local=scram-sha-256 --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C.UTF-8 --data-checksums
  rm -f /tmp/password

  cat > "$new/pg_hba.conf" <<'RULES'
# A password for everybody, from everywhere: the container's network decides who gets here.
local all         all     scram-sha-256
host  all         all all scram-sha-256
local replication all     scram-sha-256
host  replication all all scram-sha-256
RULES
  # What `alter system` sets comes after this, and so wins.
  echo "include '/etc/postgresql/jophiel.conf'" >> "$new/postgresql.conf"

  if [ "$database" != postgres ]; then
    # The single-user server takes one statement a line.
    quoted=$(printf '%s' "$database" | sed 's/"/""/g')
    printf 'create database "%s"\n' "$quoted" | postgres --single -D "$new" -c shared_preload_libraries= postgres >/dev/null
  fi
  mv "$new" "$PGDATA"
fi

unset POSTGRES_PASSWORD
[ "$#" -gt 0 ] && shift
exec postgres -c cron.database_name="$database" "$@"
