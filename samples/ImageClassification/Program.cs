using ImageClassification.Commands;

return CommandLine.Run(CommandLine.Create(), args);
