// The commands, one file each beside this header; command_table.cpp puts them in order.
#pragma once

#include "controller/cli/command.h"

namespace proffer::cli {

Command serveCommand();
Command applyCommand();
Command diffCommand();
Command validateCommand();
Command getCommand();
Command describeCommand();
Command deleteCommand();
Command waitCommand();
Command logCommand();
Command recommendCommand();
Command evaluateCommand();
Command diagnoseCommand();
Command filterCheckCommand();
Command filterEvalCommand();
Command putEventsCommand();
Command putItemsCommand();
Command putUsersCommand();
Command deleteUserCommand();
Command explainCommand();
Command schemaCommand();
Command generateCommand();
Command configShowCommand();
Command dumpCommand();
Command restoreCommand();
Command doctorCommand();
Command keysCreateCommand();
Command keysListCommand();
Command keysRevokeCommand();
Command completionCommand();
Command versionCommand();

}  // namespace proffer::cli
