#!/bin/sh
# Builds the images of Jophiel's services; where no registry can be reached, the base image first.
#
#   docker/build.sh [postgres] [rabbitmq] [jophiel]      default: postgres rabbitmq
#   EXTRAS=embeddings,models                             what else the image jophiel can do (pyproject.toml)
#   CA_CERTIFICATES=file.pem                             a proxy's certificate authority, for what is fetched by HTTPS
set -eu
cd "$(dirname "$0")"
base=${BASE:-debian:trixie-slim}

if ! docker image inspect "$base" >/dev/null 2>&1 && ! timeout 60 docker pull --quiet "$base" >/dev/null 2>&1; then
  ./base.sh "$base"
fi

[ "$#" -gt 0 ] || set -- postgres rabbitmq
for name in "$@"; do
  echo "build: $name"
  case $name in
    postgres) docker build --quiet --build-arg BASE="$base" --tag jophiel-postgres:17 postgres ;;
    rabbitmq) docker build --quiet --build-arg BASE="$base" --tag jophiel-rabbitmq:4 rabbitmq ;;
    jophiel)
      docker build --quiet --build-arg BASE="$base" --tag jophiel:latest --file jophiel/Dockerfile \
        --build-arg EXTRAS="${EXTRAS:-}" \
        --build-arg CA_CERTIFICATES="$([ -z "${CA_CERTIFICATES:-}" ] || cat "$CA_CERTIFICATES")" ..
      ;;
    *) echo "build: there is no image $name" >&2; exit 2 ;;
  esac
done
