-- PUBLIC has nothing: who may call what is granted function by function.
revoke all on schema jophiel from public;
revoke all on all tables in schema jophiel from public;
revoke all on all functions in schema jophiel from public;
revoke all on all procedures in schema jophiel from public;

select jophiel._renew_api_grants();
