//! Who may commit the output of a partition (`spark-semantics` section 14).
