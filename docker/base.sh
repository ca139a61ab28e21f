#!/bin/sh
# Makes the image debian:trixie-slim with debootstrap, for where no registry can be reached. Needs root and a Docker engine.
#
#   docker/base.sh [image]            default: debian:trixie-slim
#   DEBIAN_MIRROR=http://...          default: http://deb.debian.org/debian
#
# An image of that name that is there already is kept.
set -eu
image=${1:-debian:trixie-slim}
suite=trixie

if docker image inspect "$image" >/dev/null 2>&1; then
  exit 0
fi
if ! command -v debootstrap >/dev/null 2>&1; then
  echo "base: debootstrap is missing; on Debian and Ubuntu: apt-get install debootstrap" >&2
  exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/jophiel-base.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
echo "base: making $image with debootstrap"
if ! debootstrap --variant=minbase "$suite" "$folder/root" "$mirror" > "$folder/log" 2>&1; then
  tail -n 5 "$folder/log" >&2
  exit 1
fi

root=$folder/root
# As in Debian's own image: no service starts by being installed, and what nobody reads in a container stays out.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cat > "$root/etc/dpkg/dpkg.cfg.d/docker" <<'RULES'
force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
RULES
printf 'APT::Install-Recommends "false";\nAcquire::Languages "none";\nAPT::Sandbox::User "root";\n' > "$root/etc/apt/apt.conf.d/docker"
cat > "$root/etc/apt/sources.list" <<SOURCES
deb $mirror $suite main
deb $mirror $suite-updates main
SOURCES
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
  "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/var/log/*.log
# Proxies and resolvers of this machine are no part of an image.
rm -f "$root/etc/resolv.conf" "$root/etc/hostname" "$root/etc/apt/apt.conf.d/"*proxy*

tar -C "$root" --numeric-owner -c . | docker import --change 'CMD ["bash"]' - "$image" >/dev/null
