//! The local properties of a thread: what the jobs that it submits carry along, and the names under which jobs are
//! found again (groups and tags).

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Weak},
};

use firesteel_actors::message::{Properties, keys};

use super::{Context, handle::Inner};
use crate::{Error, Result};

/// Between the tags in the property that holds them.
const TAG_SEPARATOR: char = ',';

thread_local! {
    /// This thread's local properties, by context. The weak reference keeps the address from being used
    /// again.
    static PROPERTIES: RefCell<HashMap<usize, (Weak<Inner>, Properties)>> = RefCell::default();
}

impl Context {
    /// Sets a property for the jobs that this thread submits from now on; `None` takes it away. Threads do not
    /// inherit them: see [`with_local_properties`](Self::with_local_properties).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[1]").start()?;
    /// context.set_local_property("colour", Some("red"));
    /// let seen = context.range(0..1, 1, 1).run_job(vec![0], |_, task| {
    ///     task.local_property("colour").map(ToString::to_string)
    /// })?;
    /// assert_eq!(seen, [Some("red".to_string())]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn set_local_property(&self, key: &str, value: Option<&str>) {
        let mut properties = self.local_properties();
        let changed = Arc::make_mut(&mut properties);
        match value {
            Some(value) => changed.insert(key.to_owned(), value.to_owned()),
            None => changed.remove(key),
        };
        self.replace_local_properties(properties);
    }

    /// A property of the jobs that this thread submits.
    pub fn local_property(&self, key: &str) -> Option<String> {
        self.local_properties().get(key).cloned()
    }

    /// The properties of the jobs that this thread submits.
    pub fn local_properties(&self) -> Properties {
        PROPERTIES
            .with(|all| all.borrow().get(&self.key()).map(|(_, properties)| properties.clone()))
            .unwrap_or_default()
    }

    /// Runs `body` with these properties in place of the thread's own, which come back afterwards: so that a thread
    /// submits jobs in the name of another.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[1]").start()?;
    /// context.set_job_group("reports", "nightly", false);
    /// let parents = context.local_properties();
    /// let group = std::thread::scope(|scope| {
    ///     let child = || context.with_local_properties(parents, || context.local_property("spark.jobGroup.id"));
    ///     scope.spawn(child).join()
    /// });
    /// assert_eq!(group.unwrap().as_deref(), Some("reports"));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn with_local_properties<T>(&self, properties: Properties, body: impl FnOnce() -> T) -> T {
        struct Restore<'a>(&'a Context, Properties);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.replace_local_properties(std::mem::take(&mut self.1));
            }
        }
        let _restore = Restore(self, self.local_properties());
        self.replace_local_properties(properties);
        body()
    }

    fn replace_local_properties(&self, properties: Properties) {
        PROPERTIES.with(|all| {
            let mut all = all.borrow_mut();
            all.retain(|_, (context, _)| context.strong_count() > 0);
            if properties.is_empty() {
                all.remove(&self.key());
            } else {
                all.insert(self.key(), (Arc::downgrade(&self.inner), properties));
            }
        });
    }

    /// Puts the jobs that this thread submits from now on into a group, so that they can be
    /// [cancelled together](Self::cancel_job_group). `interrupt_on_cancel`: their tasks' waits are interrupted then.
    pub fn set_job_group(&self, group_id: &str, description: &str, interrupt_on_cancel: bool) {
        let interrupt = if interrupt_on_cancel { "true" } else { "false" };
        self.set_local_property(keys::JOB_DESCRIPTION, Some(description));
        self.set_local_property(keys::JOB_GROUP_ID, Some(group_id));
        // Else a group that is set after another would inherit its choice.
        self.set_local_property(keys::INTERRUPT_ON_CANCEL, Some(interrupt));
    }

    /// Takes the thread's group away, with its description.
    pub fn clear_job_group(&self) {
        for key in [keys::JOB_DESCRIPTION, keys::JOB_GROUP_ID, keys::INTERRUPT_ON_CANCEL] {
            self.set_local_property(key, None);
        }
    }

    /// What the jobs that this thread submits from now on are, for people.
    pub fn set_job_description(&self, description: Option<&str>) {
        self.set_local_property(keys::JOB_DESCRIPTION, description);
    }

    /// Marks the jobs that this thread submits from now on with a tag, so that they can be
    /// [cancelled together](Self::cancel_jobs_with_tag). A job may have several.
    ///
    /// # Errors
    /// [`Error::InvalidJobTag`] if it is empty or has a comma.
    pub fn add_job_tag(&self, tag: &str) -> Result<()> {
        check_tag(tag)?;
        let mut tags = self.job_tags();
        tags.insert(tag.to_owned());
        self.set_job_tags(tags);
        Ok(())
    }

    /// Takes a tag away; one that is not there is no error.
    ///
    /// # Errors
    /// [`Error::InvalidJobTag`] if it is empty or has a comma.
    pub fn remove_job_tag(&self, tag: &str) -> Result<()> {
        check_tag(tag)?;
        let mut tags = self.job_tags();
        tags.remove(tag);
        self.set_job_tags(tags);
        Ok(())
    }

    /// The tags of the jobs that this thread submits.
    pub fn job_tags(&self) -> BTreeSet<String> {
        let tags = self.local_property(keys::JOB_TAGS).unwrap_or_default();
        tags.split(TAG_SEPARATOR).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    /// Takes all tags away.
    pub fn clear_job_tags(&self) {
        self.set_job_tags(BTreeSet::new());
    }

    fn set_job_tags(&self, tags: BTreeSet<String>) {
        let joined = Vec::from_iter(tags).join(&TAG_SEPARATOR.to_string());
        self.set_local_property(keys::JOB_TAGS, Some(joined.as_str()).filter(|tags| !tags.is_empty()));
    }
}

/// As Spark's `throwIfInvalidTag`.
pub(super) fn check_tag(tag: &str) -> Result<()> {
    let problem = if tag.is_empty() {
        "cannot be an empty string"
    } else if tag.contains(TAG_SEPARATOR) {
        "cannot contain ','"
    } else {
        return Ok(());
    };
    Err(Error::InvalidJobTag { tag: tag.to_owned(), problem })
}
