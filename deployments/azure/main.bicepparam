// What is to be yours: copy it, change it, and name it with `make azure-up AZURE_PARAMETERS=FILE`.
using 'main.bicep'

param name = 'tenfold'
param vmSize = 'Standard_NC4as_T4_v3'
param maxNodes = 1
param lowPriority = false
param container = 'tenfold'

// az ad signed-in-user show --query id --output tsv
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')

param postgresql = false
param postgresqlPassword = readEnvironmentVariable('AZURE_POSTGRESQL_PASSWORD', '')
