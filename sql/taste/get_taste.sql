-- A taste is a vector, which tells nobody anything. The items behind it have words.
create or replace function jophiel.get_taste(p_user_id bigint, p_limit integer default 10)
  returns table (feature text, term text, weight double precision)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_features  jsonb := (select s.features from jophiel.feature_schemas as s where s.is_active);
  v_ids       bigint[];
  v_weights   double precision[];
  v_domains   text[];
  v_documents jsonb[];
begin
  if not exists (select from jophiel.users as u where u.user_id = p_user_id) then
    raise exception 'there is no user %', p_user_id
      using errcode = 'JO002',
            hint = 'Record an interaction, or call jophiel.upsert_users().';
  end if;

  select array_agg(w.item_id), array_agg(w.weight), array_agg(d.domain), array_agg(d.document)
    into v_ids, v_weights, v_domains, v_documents
    from jophiel._weighted_items(p_user_id, 1000) as w
   cross join lateral (
           select i.domain, jophiel._document(i) as document
             from jophiel.items as i
            where i.item_id = w.item_id
           offset 0) as d;

  return query
    with item as (
      select n.id, n.weight
        from unnest(v_ids, v_weights) as n (id, weight)
    ), liked as (
      select t.feature, t.term, sum(m.weight) as weight
        from jophiel._document_terms(v_features, v_ids, v_domains, v_documents) as t
        join item as m on m.id = t.id
       group by t.feature, t.term
    ), share as (
      select l.feature, l.term,
             l.weight / coalesce(nullif(sum(greatest(l.weight, 0)) over (partition by l.feature), 0),
                                 sum(abs(l.weight)) over (partition by l.feature)) as weight,
             row_number() over (partition by l.feature order by abs(l.weight) desc, l.term) as place
        from liked as l
       where l.weight <> 0
    ), value as (
      select f.feature, m.weight,
             least(greatest(jophiel._json_number(d.document #> f.source)::double precision, f.min_value), f.max_value) as amount
        from unnest(v_ids, v_domains, v_documents) as d (id, domain, document)
        join item as m on m.id = d.id and m.weight > 0
        join jophiel._schema_features(v_features) as f on f.kind = 'number' and (f.domain is null or f.domain = d.domain)
       where jophiel._json_number(d.document #> f.source) is not null
    ), centre as (
      select v.feature, sum(v.weight * v.amount) / sum(v.weight) as mean
        from value as v
       group by v.feature
    ), spread as (
      select v.feature, c.mean, sqrt(sum(v.weight * (v.amount - c.mean) * (v.amount - c.mean)) / sum(v.weight)) as spread
        from value as v
        join centre as c on c.feature = v.feature
       group by v.feature, c.mean
    )
    select o.feature, o.term, o.weight
      from (select s.feature, s.term, s.weight, 1 as kind
              from share as s
             where s.place <= p_limit
             union all
            select s.feature, 'mean', s.mean, 2 from spread as s
             union all
            select s.feature, 'spread', s.spread, 3 from spread as s) as o
     order by least(o.kind, 2), o.feature, case when o.kind = 1 then -o.weight else o.kind end, o.term;
end;
$$;

comment on function jophiel.get_taste(bigint, integer) is
  'A user''s taste in words. For each term feature the p_limit strongest terms of what the user acted on, the most liked first: weight is the share among the '
  'feature''s terms, positive ones adding up to 1 over all of them, and negative for what is disliked. For each number feature the '
  'terms mean and spread (standard deviation), in its own unit, of what is liked. Decayed like the taste itself; of the 1000 items that weigh most. '
  'No rows where nothing is known. Raises JO002 for an unknown user.';

create or replace function jophiel.get_taste(p_user_key text, p_limit integer default 10)
  returns table (feature text, term text, weight double precision)
  language plpgsql
  stable
  set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select t.feature, t.term, t.weight
      from jophiel.get_taste(jophiel._find_id('user', p_user_key), p_limit) as t;
end;
$$;

comment on function jophiel.get_taste(text, integer) is
  'The same with a text key.';
