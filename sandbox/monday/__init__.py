"""The sandbox's monday.com: a GraphQL engine over boards kept in memory, with its limits, faults and webhooks."""
