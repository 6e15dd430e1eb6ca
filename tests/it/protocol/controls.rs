//! Programs that are wrong on purpose: the auditor must catch each of them.
