"""The Azure profile: data assets, models and command jobs of an Azure ML workspace.

Nothing of `azure.ai.ml` is loaded until something is asked of the workspace: it takes seconds.
"""
