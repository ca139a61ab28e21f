#!/bin/sh
# Makes sure that the tests can start a RabbitMQ of their own; installs the distribution's where there is none.
# Nothing is installed where the tests have another one: an address in JOPHIEL_TEST_AMQP_URL, or an image of docker/.
set -u

[ -n "${JOPHIEL_TEST_AMQP_URL:-}" ] && exit 0
if [ "${JOPHIEL_TEST_SERVICES:-any}" != embedded ] && timeout 30 docker image inspect jophiel-rabbitmq:4 >/dev/null 2>&1; then
  exit 0
fi
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && exit 0
command -v rabbitmq-server >/dev/null 2>&1 && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "broker: the tests need RabbitMQ 3.10 or newer. Install rabbitmq-server, or name one in JOPHIEL_TEST_AMQP_URL" >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "broker: the tests need RabbitMQ. Run: sudo apt-get install rabbitmq-server (or set JOPHIEL_TEST_AMQP_URL)" >&2
    exit 1
  fi
  as_root="sudo -n"
fi

echo "broker: no RabbitMQ here; installing the distribution's rabbitmq-server for the tests"

# The package starts a service on every address; the tests start nodes of their own, on loopback.
policy=/usr/sbin/policy-rc.d
made=""
clean_up() { [ -n "$made" ] && $as_root rm -f "$policy"; }
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
  made=yes
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi

install() {
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends install rabbitmq-server 2>&1
}
if ! message=$(install); then
  # The lists of packages may be missing or old.
  $as_root apt-get -o DPkg::Lock::Timeout=300 -qq update >/dev/null 2>&1
  if ! message=$(install); then
    printf '%s\n' "$message" | tail -n 5 >&2
    echo "broker: rabbitmq-server could not be installed; run: apt-get install rabbitmq-server" >&2
    exit 1
  fi
fi
