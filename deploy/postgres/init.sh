#!/bin/sh
# Runs once, in an empty PostgreSQL: a database and a role per service, each seeing its own alone.
set -eu
create() {
  psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v role="$1" -v password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
}
create startups "$STARTUPS_PASSWORD"
create investors "$INVESTORS_PASSWORD"
create programs "$PROGRAMS_PASSWORD"
create matching "$MATCHING_PASSWORD"
create meetings "$MEETINGS_PASSWORD"
create accounts "$ACCOUNTS_PASSWORD"
create notices "$NOTICES_PASSWORD"
