"""Relations between organisations over HTTP."""

from flask.views import MethodView
from flask_smorest import Blueprint

from services.matching import names
from services.matching import relations as related
from services.matching.queries import TOPICS
from services.matching.routes.matches import asking, reader
from services.matching.schemas.matches import AskingQuery, RelationsView
from shared.web import answer, current_actor, reading

relations = Blueprint("relations", __name__, url_prefix="/api/v1/relations", description="Who holds, owns, licenses whom")


@relations.route("/<slug:slug>")
class Relations(MethodView):
    @relations.arguments(AskingQuery, location="query")
    @relations.response(200, RelationsView)
    def get(self, query, slug):
        """What an organisation and others state of each other: investments, parents, rights, partners."""
        scope, actor = asking(query), current_actor()
        with reading(actor) as session:
            population = reader().population(session, scope, for_startups=not actor.in_network)
            _, subject = names.resolve(session, slug, TOPICS)
            items = related.relations_of(population, subject, actor, scope.lang)
            return answer({"items": items})
