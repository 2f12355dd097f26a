"""The database: schema, backup, stores."""
