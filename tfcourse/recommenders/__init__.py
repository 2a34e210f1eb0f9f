"""All that knows movies: the catalogue, histories, the recommender lessons' base, pooling."""
