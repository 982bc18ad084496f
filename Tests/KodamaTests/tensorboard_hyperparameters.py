"""Prints the sessions that TensorBoard finds in a folder of runs, as JSON:

    python3 Tests/KodamaTests/tensorboard_hyperparameters.py FOLDER

For every run the hyperparameters by name, the status and the tags of its metrics, as TensorBoard's page HParams gets them
from its server. Needs tensorboard (2.21).
"""

import json
import sys

from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups


def value(message):
    return getattr(message, message.WhichOneof("kind"))


def main():
    events = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"scalars": 0})
    events.AddRunsFromDirectory(sys.argv[1])
    events.Reload()
    provider = data_provider.MultiplexerDataProvider(events, sys.argv[1])
    backend = backend_context.Context(base_plugin.TBContext(data_provider=provider, logdir=sys.argv[1]))
    request = context.RequestContext()
    metadata = backend.hparams_metadata(request, "")
    experiment = backend.experiment_from_metadata(
        request, "", True, metadata, backend.hparams_from_data_provider(request, "", limit=1000))
    asked = api_pb2.ListSessionGroupsRequest(
        start_index=0, slice_size=1000, allowed_statuses=[status for _, status in api_pb2.Status.items()])
    groups = list_session_groups.Handler(
        request, backend_context=backend, experiment_id="", request=asked).run().session_groups
    json.dump({
        "sessions": {
            session.name: {
                "hyperparameters": {name: value(message) for name, message in group.hparams.items()},
                "status": api_pb2.Status.Name(session.status),
            }
            for group in groups for session in group.sessions
        },
        "differing": sorted(info.name for info in experiment.hparam_infos if info.differs),
        "metrics": sorted({info.name.tag for info in experiment.metric_infos}),
    }, sys.stdout)


if __name__ == "__main__":
    main()
