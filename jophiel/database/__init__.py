"""The only part of Jophiel that talks to PostgreSQL: server, connections, migrations, queries, gateway."""
