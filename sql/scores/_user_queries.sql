-- What the score knows of each user, read once a user and not once an item. In the order taste first, then follows: when
-- something changes in between, the version is the older one, and the feed is found stale and made again.
create or replace function jophiel._user_queries(p_user_ids bigint[], p_policy jophiel.scoring_policies, p_wish public.vector default null)
  returns table (
    user_id       bigint,
    taste_version bigint,
    query         public.halfvec,
    popularity    double precision,
    followed      bigint[],
    category      double precision,
    favourites    bigint[],
    shares        real[]
  )
  language plpgsql
  stable parallel safe
  rows 500
  set search_path = pg_catalog, pg_temp
  -- Looks by key, also where it was planned while the tables were short.
  set enable_seqscan = off
as $$
declare
  v_content constant integer := jophiel._setting('content_dimensions');
  v_length constant integer := v_content + jophiel._setting('collaborative_dimensions');
  v_cold_events constant double precision := greatest(1, jophiel._setting('cold_events'));
  v_prior_events constant double precision := greatest(0.001, jophiel._setting('prior_events'));
  -- Null without a prior or a model that has one: then a taste is left as it is.
  v_prior constant public.vector := case
    when p_policy.prior > 0
      then (select m.prior from jophiel.models as m where m.state = 'active' and public.vector_dims(m.prior) = v_length - v_content)
  end;
  -- The batch rebuilds these before it makes feeds; who reads earlier must not see a taste in which something is missing.
  v_stale constant bigint[] := array(
    select t.user_id from jophiel.tastes as t where t.user_id = any (p_user_ids) and t.stale_since is not null);
begin
  return query
    with known as materialized (
      select u.user_id,
             u.interests,
             coalesce(t.version, 0) as version,
             -- What is left after likes and dislikes have cancelled out is rounding noise, not a direction.
             case
               when public.vector_norm(n.taste) > 1e-4::float8 * n.mass then n.taste
               else pg_catalog.array_fill(0::real, array[v_length])::public.vector
             end as taste,
             coalesce(n.event_count, 0) as event_count,
             greatest(0::float8, 1 - coalesce(n.event_count, 0) / v_cold_events) as coldness
        from jophiel.users as u
        left join lateral (select s.* from jophiel.tastes as s where s.user_id = u.user_id offset 0) as t on true
        left join jophiel._log_tastes(v_stale) as l on l.user_id = u.user_id
       cross join lateral (
               select coalesce(l.taste, t.taste) as taste, coalesce(l.mass, t.mass) as mass,
                      coalesce(l.event_count, t.event_count) as event_count) as n
       where u.user_id = any (p_user_ids)
    )
    select k.user_id,
           k.version,
           case when p_wish is null then q.query else (q.query::public.vector operator(public.+) p_wish)::public.halfvec end,
           p_policy.popularity + p_policy.cold_popularity * k.coldness,
           array(select f.creator_id
                   from jophiel.follows as f
                  where f.user_id = k.user_id
                    and f.is_active),
           case when a.item_ids is null then 0 else p_policy.cold_popularity * k.coldness end,
           a.item_ids,
           a.shares
      from known as k
     cross join lateral (
             select case
                      when k.coldness > 0 and k.interests <> '{}'
                        then jophiel._blend_interests(k.taste, k.interests, k.coldness, v_content)
                      else k.taste
                    end as taste) as b
     cross join lateral (
             select jophiel._unit_blocks(
                      case
                        when v_prior is null then b.taste
                        else jophiel._add_prior(b.taste, v_prior, p_policy.prior * v_prior_events / (k.event_count + v_prior_events), v_content)
                      end,
                      v_content, p_policy.similarity, p_policy.collaborative) as query) as q
      left join lateral (
             select c.item_ids, c.shares
               from jophiel._category_favourites(k.interests) as c
              where k.coldness > 0
                and k.interests <> '{}'
                and p_policy.cold_popularity > 0
             -- Keeps the condition before the call: most users are not cold.
             offset 0) as a on true
     order by k.user_id;
end;
$$;

comment on function jophiel._user_queries(bigint[], jophiel.scoring_policies, public.vector) is
  'One row for each known user: version of the taste, query vector (taste by blocks, with the policy''s weights; interests fade in for cold users, and the average user''s '
  'collaborative block where the policy has a prior; plus p_wish, a vector of the same length that a request adds, see _wish()), '
  'weight of popularity, followed creators; for cold users with interests that are categories the weight of what is popular there (0 for others), and these items with their shares by item id.';
