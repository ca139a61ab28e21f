-- How much is new since a training. Rows lie in the order in which they were received, so a few kilobytes find the newest.
-- squawk-ignore require-concurrent-index-creation
create index interactions_received_at_idx on jophiel.interactions using brin (received_at);

insert into jophiel.meta (name, value)
values ('schema', '0005_received_at')
    on conflict (name) do update
   set value = excluded.value;
