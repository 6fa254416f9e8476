//! The way of requests, by example and by chance.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn task(id: i64, user: i64) -> Task {
    Task {
        id,
        level: 0,
        user,
        why: Why::Level,
        parent: None,
        state: State::Open,
    }
}

/// Writes a plan into the tasks, as the database does.
fn follow(tasks: &mut Vec<Task>, current: &mut i64, plan: &Plan, people: &[Vec<i64>]) {
    for (id, state) in &plan.changes {
        tasks.iter_mut().find(|t| t.id == *id).unwrap().state = *state;
    }
    let next_id = |tasks: &Vec<Task>| tasks.iter().map(|t| t.id).max().unwrap_or(0) + 1;
    if let Some(new) = &plan.new {
        let id = next_id(tasks);
        tasks.push(Task {
            level: *current,
            why: new.why,
            parent: Some(new.parent),
            ..task(id, new.user)
        });
    }
    if let Next::Level(level) = plan.next {
        *current = level;
        for user in &people[usize::try_from(level).unwrap()] {
            let id = next_id(tasks);
            tasks.push(Task {
                level,
                ..task(id, *user)
            });
        }
    }
}

#[test]
fn one_of_two_is_enough_and_the_other_is_spared() {
    let tasks = vec![task(1, 10), task(2, 11)];
    let plan = act(&tasks, &[false], 0, 1, Act::Approve).unwrap();
    assert_eq!(plan.changes, [(1, State::Approved), (2, State::Skipped)]);
    assert_eq!(plan.next, Next::Approved);
}

#[test]
fn in_a_parallel_sign_all_are_needed() {
    let mut tasks = vec![task(1, 10), task(2, 11)];
    let plan = act(&tasks, &[true, false], 0, 1, Act::Approve).unwrap();
    assert_eq!(plan.next, Next::Stay);
    follow(&mut tasks, &mut 0, &plan, &[]);
    assert_eq!(
        act(&tasks, &[true, false], 0, 1, Act::Approve),
        Err("error-approval-done")
    );
    assert_eq!(
        act(&tasks, &[true, false], 0, 2, Act::Approve).unwrap().next,
        Next::Level(1)
    );
}

#[test]
fn who_is_asked_before_is_heard_first() {
    let mut tasks = vec![task(1, 10)];
    let plan = act(&tasks, &[false], 0, 1, Act::Before(12)).unwrap();
    follow(&mut tasks, &mut 0, &plan, &[]);
    assert_eq!(act(&tasks, &[false], 0, 1, Act::Approve), Err("error-approval-done"));
    // Handed on, the task still leads back to who asked.
    let plan = act(&tasks, &[false], 0, 2, Act::Delegate(13)).unwrap();
    follow(&mut tasks, &mut 0, &plan, &[]);
    let plan = act(&tasks, &[false], 0, 3, Act::Approve).unwrap();
    assert_eq!(plan.next, Next::Stay);
    follow(&mut tasks, &mut 0, &plan, &[]);
    assert_eq!(act(&tasks, &[false], 0, 1, Act::Approve).unwrap().next, Next::Approved);
}

#[test]
fn who_asked_before_waits_also_for_those_asked_after() {
    let mut tasks = vec![task(1, 10)];
    let plan = act(&tasks, &[true], 0, 1, Act::Before(12)).unwrap();
    follow(&mut tasks, &mut 0, &plan, &[]);
    // The one asked before agrees, if a third person does too.
    let plan = act(&tasks, &[true], 0, 2, Act::After(13)).unwrap();
    follow(&mut tasks, &mut 0, &plan, &[]);
    assert_eq!(act(&tasks, &[true], 0, 1, Act::Approve), Err("error-approval-done"));
    let plan = act(&tasks, &[true], 0, 3, Act::Approve).unwrap();
    assert_eq!(plan.next, Next::Stay);
    follow(&mut tasks, &mut 0, &plan, &[]);
    assert_eq!(act(&tasks, &[true], 0, 1, Act::Approve).unwrap().next, Next::Approved);
}

#[test]
fn who_is_asked_after_must_agree_even_where_one_is_enough() {
    let mut tasks = vec![task(1, 10), task(2, 11)];
    let plan = act(&tasks, &[false], 0, 1, Act::After(12)).unwrap();
    assert_eq!(plan.next, Next::Stay);
    follow(&mut tasks, &mut 0, &plan, &[]);
    assert_eq!(tasks.get(1).unwrap().state, State::Skipped);
    assert_eq!(act(&tasks, &[false], 0, 3, Act::Approve).unwrap().next, Next::Approved);
}

#[test]
fn nobody_is_asked_twice_at_once() {
    let tasks = vec![task(1, 10), task(2, 11)];
    for a in [Act::Before(11), Act::After(11), Act::Delegate(11)] {
        assert_eq!(act(&tasks, &[true], 0, 1, a), Err("error-approval-asked-already"));
    }
}

fn acts() -> impl Strategy<Value = Vec<(usize, u8, i64)>> {
    prop::collection::vec((0_usize..6, 0_u8..6, 100_i64..130), 1..40)
}

proptest! {
    /// Whatever people do in whatever order: a request that is not over has something open in its level, one that is
    /// over has nothing, and an approved one has an agreement in every level (all of them where all are needed).
    #[test]
    fn a_request_never_hangs_and_is_never_approved_by_nobody(
        all in prop::collection::vec(any::<bool>(), 1..4),
        sizes in prop::collection::vec(1_usize..4, 4),
        acts in acts(),
    ) {
        let people: Vec<Vec<i64>> = (0..all.len())
            .map(|l| (0..sizes[l]).map(|p| i64::try_from(l * 10 + p).unwrap()).collect())
            .collect();
        let mut tasks: Vec<Task> = people[0].iter().zip(1..).map(|(u, id)| task(id, *u)).collect();
        let mut current = 0;
        let mut end = Next::Stay;
        for (pick, what, who) in acts {
            let open: Vec<i64> = tasks.iter().filter(|t| t.state == State::Open).map(|t| t.id).collect();
            let Some(id) = open.get(pick % open.len().max(1)).copied() else { break };
            let a = match what {
                0 => Act::Before(who),
                1 => Act::After(who),
                2 => Act::Delegate(who),
                3 if who > 125 => Act::Reject,
                4 if who > 125 => Act::Return,
                _ => Act::Approve,
            };
            let Ok(plan) = act(&tasks, &all, current, id, a) else { continue };
            follow(&mut tasks, &mut current, &plan, &people);
            end = plan.next;
            let undone = tasks.iter().filter(|t| t.state.undone()).count();
            let startable = tasks.iter().filter(|t| t.state == State::Open).count();
            match end {
                Next::Stay | Next::Level(_) => prop_assert!(startable > 0, "hangs: {tasks:?}"),
                _ => {
                    prop_assert_eq!(undone, 0);
                    break;
                }
            }
        }
        if end == Next::Approved {
            for (level, every) in all.iter().enumerate() {
                let of: Vec<&Task> = tasks.iter().filter(|t| usize::try_from(t.level).unwrap() == level).collect();
                prop_assert!(of.iter().any(|t| t.why == Why::Level && t.state == State::Approved));
                if *every {
                    prop_assert!(of.iter().all(|t| matches!(t.state, State::Approved | State::Delegated)), "{of:?}");
                }
            }
        }
    }
}
